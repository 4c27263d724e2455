"""Files of one known truth, written in every way that energy files are written, and a judge of who reads them."""
