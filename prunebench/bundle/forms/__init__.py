"""How documents are written as members, and read from them strictly."""
