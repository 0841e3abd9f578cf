"""Books to build in tests: a small one in Chinese, and workshops to edit copies of it in."""
