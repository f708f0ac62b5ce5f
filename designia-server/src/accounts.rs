//! What accounts need of this machine: a pool for slow hashes, the keys of the installation, and who else vouches for people.

mod google;
mod pool;
mod vault;

pub use google::Google;
pub use pool::{PasswordPool, PoolLimits};
pub use vault::InstallationVault;
pub(crate) use vault::derived;
