"""One endpoint and another behind it: requests out, bytes in, every failure told apart."""
