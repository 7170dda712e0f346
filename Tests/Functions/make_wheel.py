"""Writes haneul_fixture_package-1.0 as a wheel into a folder: packages without an index."""
import pathlib, sys, zipfile

name, version = "haneul_fixture_package", "1.0"
info = f"{name}-{version}.dist-info"
files = {
    f"{name}/__init__.py": 'def greet(text):\n    return f"packaged: {text}"\n',
    f"{info}/METADATA": f"Metadata-Version: 2.1\nName: haneul-fixture-package\nVersion: {version}\n",
    f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: haneul\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
}
record = "".join(f"{path},,\n" for path in files) + f"{info}/RECORD,,\n"
with zipfile.ZipFile(pathlib.Path(sys.argv[1]) / f"{name}-{version}-py3-none-any.whl", "w") as wheel:
    for path, content in {**files, f"{info}/RECORD": record}.items():
        wheel.writestr(path, content)
