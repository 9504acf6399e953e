"""One module a format: the publisher's bytes in, records out. No network, no files, no clock."""
