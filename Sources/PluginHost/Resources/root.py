# A root of its own for a worker.
import os
import platform

from haneul_kernel import (
    MNT_DETACH, MS_BIND, MS_NODEV, MS_NOEXEC, MS_NOSUID, MS_PRIVATE, MS_RDONLY, MS_REC, MS_REMOUNT, CLONE_NEWNS, NUMBERS, check, libc,
    mount, syscall, unshare)


def write(path, text):
    with open(path, "w") as file:
        file.write(text)


def new_root(orders, uid):
    """A root of its own: the system's programs and libraries and Python, nothing of which can be written, and /tmp."""
    base = orders["scratch"]
    unshare(CLONE_NEWNS)
    mount(None, "/", None, MS_REC | MS_PRIVATE)
    mount("tmpfs", base, "tmpfs", MS_NOSUID | MS_NODEV, "size=1m,mode=755")

    def place(path, directory):
        target = base + path
        os.makedirs(os.path.dirname(target), mode=0o755, exist_ok=True)
        if directory:
            os.makedirs(target, mode=0o755, exist_ok=True)
        elif not os.path.exists(target):
            os.close(os.open(target, os.O_CREAT | os.O_WRONLY, 0o644))
        return target

    def bind(path, recursive=True, writable=False):
        source = os.path.realpath(path)
        target = place(path, os.path.isdir(source))
        mount(source, target, None, MS_BIND | (MS_REC if recursive else 0))
        kept = os.statvfs(target).f_flag
        flags = MS_REMOUNT | MS_BIND | MS_NOSUID | (0 if writable else MS_RDONLY)
        for bit in (MS_NODEV, MS_NOEXEC, 1024, 2048):
            flags |= bit & kept
        mount(None, target, None, flags)

    for path in ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32"):
        if os.path.islink(path):
            os.symlink(os.readlink(path), base + path)
        elif os.path.isdir(path):
            bind(path)
    os.makedirs(base + "/etc", mode=0o755)
    for name in SYSTEM_FILES:
        path = "/etc/" + name
        if os.path.exists(path):
            bind(path)
    os.makedirs(base + "/tmp", mode=0o755)
    size = orders["limits"]["file"]
    mount("tmpfs", base + "/tmp", "tmpfs", MS_NOSUID | MS_NODEV, f"size={size},nr_inodes=4096,mode=1777")
    account = uid if uid is not None else os.geteuid()
    write(base + "/etc/passwd", f"function:x:{account}:{account}::/tmp:/bin/false\n")
    write(base + "/etc/group", f"function:x:{account}:\n")
    for path in sorted(orders["readable"]):
        if os.path.exists(path) and not any(path == p or path.startswith(p + "/") for p in ("/usr", "/lib", "/lib64", "/bin")):
            bind(path)
            real = os.path.realpath(path)
            if real != path and not os.path.exists(base + real):
                bind(real)
    for name in ("null", "zero", "full", "random", "urandom"):
        bind("/dev/" + name, recursive=False, writable=True)
    os.makedirs(base + "/proc", mode=0o755)
    for data in ("subset=pid", None):
        try:
            mount("proc", base + "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, data)
            os.symlink("/proc/self/fd", base + "/dev/fd")
            break
        except OSError:
            continue
    os.makedirs(base + "/dev/shm", mode=0o755, exist_ok=True)
    mount(base + "/tmp", base + "/dev/shm", None, MS_BIND)
    os.chdir(base)
    check(syscall(NUMBERS[platform.machine()]["pivot_root"], b".", b"."), "pivot_root")
    check(libc.umount2(b".", MNT_DETACH), "umount")
    os.chdir("/")
    mount(None, "/", None, MS_REMOUNT | MS_BIND | MS_RDONLY | MS_NOSUID | MS_NODEV)


SYSTEM_FILES = (
    "ssl", "ca-certificates", "pki", "resolv.conf", "hosts", "host.conf", "nsswitch.conf", "gai.conf", "localtime", "timezone",
    "ld.so.cache", "ld.so.conf", "ld.so.conf.d", "alternatives", "services", "protocols", "mime.types", "fonts", "os-release")
