"""The player for web pages: a page to embed, and the ES module that it and other pages are made of."""
