"""Media tools: probing, remuxing and sampling of files that nobody has looked at yet, in confined processes."""
