//! A network in use: its settings, and what its files held last.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock, TryLockError};

use reqwest::ClientBuilder;

use crate::error::NetworkError;
use crate::material::{Contents, Material};
use crate::settings::Settings;

/// One way out. Cloning costs one reference count; clones are equal, and so is nothing else.
#[derive(Clone)]
pub struct Network(pub(crate) Arc<Inner>);

pub(crate) struct Inner {
    /// What tells it from all others that the process has opened.
    pub(crate) id: u64,
    settings: Settings,
    fingerprint: [u8; 32],
    generation: AtomicU64,
    material: RwLock<Arc<Material>>,
    /// Held while the files are read: of two looks at once the older one must not win.
    pub(crate) refused: Mutex<Refused>,
}

/// What the files could not be used for, look after look.
#[derive(Default)]
pub(crate) struct Refused {
    /// `None` when a file could not even be read.
    contents: Option<Contents>,
    /// How many looks have found the same.
    looks: u32,
}

/// Files are replaced one after the other: what does not fit at the first look may at the next.
const TOLD_AT_LOOK: u32 = 2;

/// No two networks of a process share an id.
static IDS: AtomicU64 = AtomicU64::new(1);

impl Network {
    /// Reads all files and checks everything.
    pub(crate) fn open(settings: Settings) -> Result<Self, NetworkError> {
        let material = Material::read(&settings, 1)?;
        Ok(Self(Arc::new(Inner {
            id: IDS.fetch_add(1, Ordering::Relaxed),
            fingerprint: settings.fingerprint(),
            settings,
            generation: AtomicU64::new(material.generation),
            material: RwLock::new(Arc::new(material)),
            refused: Mutex::default(),
        })))
    }

    /// What it was opened with.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.0.settings
    }

    /// See [`Settings::fingerprint`].
    #[must_use]
    pub fn fingerprint(&self) -> [u8; 32] {
        self.0.fingerprint
    }

    /// Grows when a file has changed: clients that were configured before are to be replaced. One
    /// atomic load.
    #[must_use]
    pub fn generation(&self) -> u64 {
        self.0.generation.load(Ordering::Acquire)
    }

    /// Adds authorities, certificate and proxy to `builder`, which should have been told `no_proxy`
    /// before, or the environment's would be used where there is none here.
    pub fn configure(&self, builder: ClientBuilder) -> ClientBuilder {
        self.material().configure(builder)
    }

    /// Whether requests may go through a proxy.
    #[must_use]
    pub fn has_proxy(&self) -> bool {
        self.0.settings.proxy.is_some()
    }

    /// Reads the files again and answers whether they have changed and can be used. What cannot be
    /// used is told to the log when the next look finds the same, and what was read before stays in
    /// use. Blocks on the disk.
    pub fn look(&self) -> bool {
        let refused = self.0.refused.lock();
        self.look_with(&mut refused.unwrap_or_else(PoisonError::into_inner))
    }

    /// As [`Self::look`], unless somebody does so at this moment.
    pub(crate) fn look_unless_looking(&self) {
        let mut refused = match self.0.refused.try_lock() {
            Ok(refused) => refused,
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
            Err(TryLockError::WouldBlock) => return,
        };
        self.look_with(&mut refused);
    }

    fn look_with(&self, refused: &mut Refused) -> bool {
        let settings = &self.0.settings;
        let contents = match Material::contents(settings) {
            Ok(contents) => contents,
            Err(error) => {
                refused.refuse(None, &error);
                return false;
            }
        };
        let current = self.material();
        if current.contents == contents {
            *refused = Refused::default();
            return false;
        }
        let material = match Material::read(settings, current.generation + 1) {
            Ok(material) => material,
            Err(error) => {
                refused.refuse(Some(contents), &error);
                return false;
            }
        };
        *refused = Refused::default();
        let generation = material.generation;
        let mut place = self
            .0
            .material
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        *place = Arc::new(material);
        self.0.generation.store(generation, Ordering::Release);
        tracing::info!(network = ?settings, "certificates have changed, new connections use the new ones");
        true
    }

    fn material(&self) -> Arc<Material> {
        let material = self.0.material.read();
        Arc::clone(&material.unwrap_or_else(PoisonError::into_inner))
    }
}

impl Refused {
    fn refuse(&mut self, contents: Option<Contents>, error: &NetworkError) {
        if self.contents != contents {
            *self = Self { contents, looks: 0 };
        }
        self.looks = self.looks.saturating_add(1);
        if self.looks == TOLD_AT_LOOK {
            tracing::warn!(%error, "changed certificates cannot be used, those read before stay in use");
        }
    }
}

impl PartialEq for Network {
    fn eq(&self, other: &Self) -> bool {
        self.0.id == other.0.id
    }
}

impl Eq for Network {}

impl std::hash::Hash for Network {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.0.id.hash(state);
    }
}

impl fmt::Debug for Network {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Network")
            .field("settings", &self.0.settings)
            .field("generation", &self.generation())
            .finish_non_exhaustive()
    }
}
