use mls_rs::client_builder::{BaseConfig, PaddingMode, WithCryptoProvider, WithIdentityProvider, WithMlsRules};
use mls_rs::crypto::{SignaturePublicKey, SignatureSecretKey};
use mls_rs::group::{CommitBuilder, CommitEffect, CommitOutput, ReceivedMessage};
use mls_rs::group::mls_rules::{CommitOptions, DefaultMlsRules, EncryptionOptions};
use mls_rs::identity::basic::{BasicCredential, BasicIdentityProvider};
use mls_rs::identity::SigningIdentity;
use mls_rs::{CipherSuite, CipherSuiteProvider, Client, CryptoProvider, Group, MlsMessage};
use mls_rs_crypto_rustcrypto::RustCryptoProvider;

const SUITE: CipherSuite = CipherSuite::CURVE25519_AES128;

pub type Answer<T> = Result<T, Box<dyn std::error::Error>>;

type Configuration = WithMlsRules<
    DefaultMlsRules,
    WithCryptoProvider<RustCryptoProvider, WithIdentityProvider<BasicIdentityProvider, BaseConfig>>,
>;

/// One device: its signature key, its client once its credential is known, its group once it is in one.
pub struct Device {
    pub public_key: SignaturePublicKey,
    secret_key: SignatureSecretKey,
    client: Option<Client<Configuration>>,
    group: Option<Group<Configuration>>,
}

impl Device {
    pub fn new() -> Answer<Self> {
        let suite = RustCryptoProvider::new().cipher_suite_provider(SUITE).ok_or("no suite")?;
        let (secret_key, public_key) = suite.signature_key_generate().map_err(|error| format!("{error:?}"))?;
        Ok(Self { public_key, secret_key, client: None, group: None })
    }

    /// As the SDK has it: commits that everybody can read, padded messages, the tree inside Welcomes and GroupInfos.
    pub fn credential(&mut self, identity: &[u8]) -> Answer<Vec<Vec<u8>>> {
        let commits = CommitOptions::new().with_ratchet_tree_extension(true).with_single_welcome_message(true);
        let rules = DefaultMlsRules::new()
            .with_commit_options(commits)
            .with_encryption_options(EncryptionOptions::new(false, PaddingMode::StepFunction));
        let credential = BasicCredential::new(identity.to_vec()).into_credential();
        let client = Client::builder()
            .identity_provider(BasicIdentityProvider)
            .crypto_provider(RustCryptoProvider::new())
            .mls_rules(rules)
            .signing_identity(SigningIdentity::new(credential, self.public_key.clone()), self.secret_key.clone(), SUITE)
            .build();
        self.client = Some(client);
        Ok(vec![])
    }

    fn client(&self) -> Answer<&Client<Configuration>> {
        Ok(self.client.as_ref().ok_or("no credential")?)
    }

    fn group(&mut self) -> Answer<&mut Group<Configuration>> {
        Ok(self.group.as_mut().ok_or("no group")?)
    }

    pub fn key_package(&self) -> Answer<Vec<Vec<u8>>> {
        let message = self.client()?.generate_key_package_message(Default::default(), Default::default(), None)?;
        Ok(vec![message.to_bytes()?])
    }

    pub fn create(&mut self, group_id: &[u8]) -> Answer<Vec<Vec<u8>>> {
        self.group = Some(self.client()?.group_builder()?.with_group_id(group_id.to_vec()).build()?);
        Ok(vec![])
    }

    pub fn join(&mut self, welcome: &[u8]) -> Answer<Vec<Vec<u8>>> {
        let (group, _) = self.client()?.join_group(None, &MlsMessage::from_bytes(welcome)?, None)?;
        self.group = Some(group);
        Ok(vec![])
    }

    /// The commit; the device is in at once.
    pub fn join_from_outside(&mut self, group_info: &[u8], old_leaf: Option<u32>) -> Answer<Vec<Vec<u8>>> {
        let builder = self.client()?.external_commit_builder()?;
        let builder = match old_leaf {
            Some(leaf) => builder.with_removal(leaf),
            None => builder,
        };
        let (group, commit) = builder.build(MlsMessage::from_bytes(group_info)?)?;
        self.group = Some(group);
        Ok(vec![commit.to_bytes()?])
    }

    /// The commit and, where somebody was added, the welcome. Pending until `apply`.
    pub fn add(&mut self, key_packages: &[Vec<u8>]) -> Answer<Vec<Vec<u8>>> {
        let mut builder = self.group()?.commit_builder();
        for bytes in key_packages {
            builder = builder.add_member(MlsMessage::from_bytes(bytes)?)?;
        }
        committed(builder)
    }

    pub fn remove(&mut self, leaves: &[u32]) -> Answer<Vec<Vec<u8>>> {
        let mut builder = self.group()?.commit_builder();
        for leaf in leaves {
            builder = builder.remove_member(*leaf)?;
        }
        committed(builder)
    }

    pub fn apply(&mut self) -> Answer<Vec<Vec<u8>>> {
        self.group()?.apply_pending_commit()?;
        Ok(vec![])
    }

    /// What the message was: `commit`, `removed`, or `application` with the sender's leaf, the text and what is bound to it.
    pub fn process(&mut self, message: &[u8]) -> Answer<Vec<Vec<u8>>> {
        match self.group()?.process_incoming_message(MlsMessage::from_bytes(message)?)? {
            ReceivedMessage::Commit(commit) => match commit.effect {
                CommitEffect::Removed { .. } => Ok(vec![b"removed".to_vec()]),
                _ => Ok(vec![b"commit".to_vec()]),
            },
            ReceivedMessage::ApplicationMessage(message) => Ok(vec![
                b"application".to_vec(),
                message.sender_index.to_string().into_bytes(),
                message.data().to_vec(),
                message.authenticated_data,
            ]),
            other => Err(format!("unexpected: {other:?}").into()),
        }
    }

    pub fn encrypt(&mut self, text: &[u8], bound: &[u8]) -> Answer<Vec<Vec<u8>>> {
        let message = self.group()?.encrypt_application_message(text, bound.to_vec())?;
        Ok(vec![message.to_bytes()?])
    }

    pub fn group_info(&mut self) -> Answer<Vec<Vec<u8>>> {
        Ok(vec![self.group()?.group_info_message_allowing_ext_commit(true)?.to_bytes()?])
    }

    /// Epoch, what only members of the epoch know, and `leaf`, `identity` of each member.
    pub fn state(&mut self) -> Answer<Vec<Vec<u8>>> {
        let group = self.group()?;
        let mut answer = vec![group.current_epoch().to_string().into_bytes(), group.epoch_authenticator()?.to_vec()];
        for member in group.roster().members() {
            let identity = member.signing_identity.credential.as_basic().ok_or("not a basic credential")?;
            answer.extend([member.index.to_string().into_bytes(), identity.identifier.clone()]);
        }
        Ok(answer)
    }

    pub fn export(&mut self, label: &[u8], context: &[u8], length: usize) -> Answer<Vec<Vec<u8>>> {
        Ok(vec![self.group()?.export_secret(label, context, length)?.to_vec()])
    }
}

fn committed(builder: CommitBuilder<'_, Configuration>) -> Answer<Vec<Vec<u8>>> {
    let CommitOutput { commit_message, welcome_messages, .. } = builder.build()?;
    let mut answer = vec![commit_message.to_bytes()?];
    for welcome in welcome_messages {
        answer.push(welcome.to_bytes()?);
    }
    Ok(answer)
}
