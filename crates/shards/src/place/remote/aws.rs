//! S3 with credentials as AWS's own tools find them: from the environment, from profiles in files (keys, roles, single
//! sign-on, programs that print keys), or from the identity of a container or a machine.

use std::fmt;
use std::io;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use aws_config::{BehaviorVersion, SdkConfig};
use aws_credential_types::provider::{ProvideCredentials as _, SharedCredentialsProvider};
use object_store::aws::{AmazonS3, AmazonS3Builder, AmazonS3ConfigKey, AwsCredential};
use object_store::client::CredentialProvider;
use object_store::{Error, RetryConfig};
use tokio::sync::Mutex;

use crate::place::remote::answer::CheckedConnector;
use crate::place::remote::runtime::runtime;

/// Credentials are asked for anew so long before they expire.
const MARGIN: Duration = Duration::from_mins(5);

/// The client of a bucket, `s3://bucket`.
pub(super) fn client(root: &str, retry: RetryConfig) -> Result<AmazonS3, Error> {
    let mut builder = AmazonS3Builder::from_env().with_url(root).with_retry(retry);
    builder = builder.with_http_connector(CheckedConnector);
    let given = |builder: &AmazonS3Builder, key| builder.get_config_value(&key);
    let is_public =
        given(&builder, AmazonS3ConfigKey::SkipSignature).is_some_and(|skip| skip == "true");
    if is_public || given(&builder, AmazonS3ConfigKey::AccessKeyId).is_some() {
        return builder.build();
    }
    let config = load().map_err(|source| generic(source.into()))?;
    if given(&builder, AmazonS3ConfigKey::Region).is_none()
        && let Some(region) = config.region()
    {
        builder = builder.with_region(region.as_ref());
    }
    if given(&builder, AmazonS3ConfigKey::Endpoint).is_none()
        && let Some(endpoint) = config.endpoint_url()
    {
        builder = builder.with_endpoint(endpoint);
    }
    if let Some(provider) = config.credentials_provider() {
        builder = builder.with_credentials(Arc::new(Chain { provider, last: Mutex::default() }));
    }
    builder.build()
}

fn load() -> io::Result<SdkConfig> {
    let config = aws_config::defaults(BehaviorVersion::latest());
    Ok(runtime()?.block_on(config.load()))
}

/// What the chain gave last, until shortly before it expires.
struct Chain {
    provider: SharedCredentialsProvider,
    last: Mutex<Option<(Arc<AwsCredential>, Option<SystemTime>)>>,
}

#[async_trait]
impl CredentialProvider for Chain {
    type Credential = AwsCredential;

    async fn get_credential(&self) -> Result<Arc<AwsCredential>, Error> {
        let mut last = self.last.lock().await;
        if let Some((credential, expiry)) = &*last
            && expiry.is_none_or(|expiry| SystemTime::now() + MARGIN < expiry)
        {
            return Ok(Arc::clone(credential));
        }
        let found = self.provider.provide_credentials().await;
        let found = found.map_err(|error| generic(NoCredentials::because(&error).into()))?;
        let credential = Arc::new(AwsCredential {
            key_id: found.access_key_id().to_owned(),
            secret_key: found.secret_access_key().to_owned(),
            token: found.session_token().map(str::to_owned),
        });
        *last = Some((Arc::clone(&credential), found.expiry()));
        Ok(credential)
    }
}

impl fmt::Debug for Chain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Chain").finish_non_exhaustive()
    }
}

fn generic(source: Box<dyn std::error::Error + Send + Sync>) -> Error {
    Error::Generic { store: "S3", source }
}

/// No provider in the chain had credentials.
#[derive(Debug)]
struct NoCredentials {
    why: String,
}

impl NoCredentials {
    fn because(error: &dyn std::error::Error) -> Self {
        let mut why = error.to_string();
        let mut innermost = error;
        while let Some(source) = innermost.source() {
            innermost = source;
            why = format!("{why}: {innermost}");
        }
        Self { why }
    }
}

impl fmt::Display for NoCredentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let why = &self.why;
        write!(
            f,
            "no credentials ({why}); set `AWS_ACCESS_KEY_ID` and `AWS_SECRET_ACCESS_KEY`, or `AWS_PROFILE`, or \
             `AWS_SKIP_SIGNATURE=true` for what is public"
        )
    }
}

impl std::error::Error for NoCredentials {}
