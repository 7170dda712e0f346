def pytest_addoption(parser):
    parser.addoption("--binary", default=".build/debug/haneul")
