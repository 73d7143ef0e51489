//! Schemas of types that are read by way of a plainer one.

/// Gives a type the schema of the struct that it is written as.
macro_rules! written_as {
    ($type:ident, $written:ident) => {
        impl schemars::JsonSchema for $type {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($type).into()
            }
            fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
                <$written as schemars::JsonSchema>::json_schema(generator)
            }
        }
    };
}
