//! Transcripts of the command line, which double as documentation.

#[test]
fn transcripts_hold() {
    trycmd::TestCases::new()
        .env("NO_COLOR", "1")
        .env("TERROIR_STORE", "/nowhere/store")
        .env("TERROIR_CA_FILE", "/nowhere/ca.pem")
        .case("tests/cli/*.trycmd");
}
