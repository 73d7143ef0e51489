//! Recipes: from files in two dialects to flavours with their whole ancestry.
