import { BlockList, isIP } from 'node:net'
import { networkInterfaces } from 'node:os'

/** IPv4 networks that are not on the public internet: https://www.iana.org/assignments/iana-ipv4-special-registry */
const reserved: readonly (readonly [network: string, bits: number])[] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 3],
]

/** Exceptions within the public space of IPv6: documentation, and ranges that lead to an IPv4 address. */
const reserved6: readonly (readonly [network: string, bits: number])[] = [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
]

const refused = (): BlockList => {
  const list = new BlockList()
  for (const [network, bits] of reserved) list.addSubnet(network, bits, 'ipv4')
  for (const [network, bits] of reserved6) list.addSubnet(network, bits, 'ipv6')
  return list
}

const unicast6 = new BlockList()
unicast6.addSubnet('2000::', 3, 'ipv6')

/** The networks of this machine's interfaces. */
const ownNetworks = (interfaces: typeof networkInterfaces): BlockList => {
  const list = new BlockList()
  for (const addresses of Object.values(interfaces()))
    for (const { cidr, family } of addresses ?? []) {
      const [network, bits] = cidr?.split('/') ?? []
      if (network !== undefined) list.addSubnet(network, Number(bits), family === 'IPv4' ? 'ipv4' : 'ipv6')
    }
  return list
}

const reservedList = refused()

/** Whether an address is on the public internet, and not in a network of this machine. */
export const isPublicAddress = (address: string, interfaces = networkInterfaces): boolean => {
  const version = isIP(address)
  if (version === 0) return false
  const family = version === 4 ? 'ipv4' : 'ipv6'
  if (version === 6 && !unicast6.check(address, family)) return false
  return !reservedList.check(address, family) && !ownNetworks(interfaces).check(address, family)
}
