"""Objects of the wire by subject, each beside the function that builds it from a row."""
