//! mls-rs behind lines of text, for tests. A request is a command, a device's name and arguments; an answer is `ok` and results, or
//! `error` and why. Arguments and results are hex, set apart by blanks; `-` is an empty one. `device` makes a device; it has no group yet.

mod device;

use std::collections::HashMap;
use std::io::{stdin, stdout, BufRead, Write};

use device::{Answer, Device};

type Parts = Vec<Vec<u8>>;

fn number<T: std::str::FromStr>(part: &[u8]) -> Answer<T> {
    std::str::from_utf8(part)?.parse().map_err(|_| "not a number".into())
}

fn run(device: &mut Device, command: &str, arguments: &[Vec<u8>]) -> Answer<Parts> {
    match (command, arguments) {
        ("credential", [identity]) => device.credential(identity),
        ("key-package", []) => device.key_package(),
        ("create", [group_id]) => device.create(group_id),
        ("join", [welcome]) => device.join(welcome),
        ("join-from-outside", [group_info]) => device.join_from_outside(group_info, None),
        ("join-from-outside", [group_info, leaf]) => device.join_from_outside(group_info, Some(number(leaf)?)),
        ("add", packages) => device.add(packages),
        ("remove", leaves) => device.remove(&leaves.iter().map(|leaf| number(leaf)).collect::<Answer<Vec<u32>>>()?),
        ("update", []) => device.add(&[]),
        ("apply", []) => device.apply(),
        ("process", [message]) => device.process(message),
        ("encrypt", [text, bound]) => device.encrypt(text, bound),
        ("group-info", []) => device.group_info(),
        ("state", []) => device.state(),
        ("export", [label, context, length]) => device.export(label, context, number(length)?),
        _ => Err("unknown command".into()),
    }
}

fn answer(devices: &mut HashMap<String, Device>, line: &str) -> Answer<Parts> {
    let mut words = line.split_whitespace();
    let (command, name) = (words.next().ok_or("no command")?, words.next().ok_or("no device")?);
    let arguments = words.map(|word| if word == "-" { Ok(vec![]) } else { hex::decode(word) }).collect::<Result<Parts, _>>()?;
    if command == "device" {
        let device = Device::new()?;
        let public_key = device.public_key.to_vec();
        devices.insert(name.to_string(), device);
        return Ok(vec![public_key]);
    }
    run(devices.get_mut(name).ok_or("no such device")?, command, &arguments)
}

fn word(part: &Vec<u8>) -> String {
    if part.is_empty() { "-".to_string() } else { hex::encode(part) }
}

fn main() -> Answer<()> {
    let mut devices = HashMap::new();
    for line in stdin().lock().lines() {
        let reply = match answer(&mut devices, &line?) {
            Ok(parts) => parts.iter().fold("ok".to_string(), |line, part| line + " " + &word(part)),
            Err(error) => format!("error {}", format!("{error:?}").replace('\n', " ")),
        };
        writeln!(stdout(), "{reply}")?;
        stdout().flush()?;
    }
    Ok(())
}
