//! Layer documents: named, parametrised bundles of controls and modules.
