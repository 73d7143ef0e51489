//! `terroir schema`: the JSON Schema of a document kind.

use super::arguments::machine::{Schema, SchemaKind};
use super::context::session::Session;
use super::output::failure::Failure;

/// Prints the schema that editors complete and check with.
pub(super) fn schema(session: &Session, arguments: &Schema) -> Result<(), Failure> {
    let schema = match arguments.kind {
        SchemaKind::Recipe => crate::recipe::native_schema(),
        SchemaKind::Bluebuild => crate::recipe::bluebuild_schema(),
        SchemaKind::Layer => crate::recipe::layer_schema(),
        SchemaKind::Inventory => crate::kickstart::inventory_schema(),
        SchemaKind::HostDocument => crate::installer::document_schema(),
    };
    session.printer.json(&schema);
    Ok(())
}
