"""What IT sees of the CRMs, as JSON documents: the command line prints them, the API answers them."""
