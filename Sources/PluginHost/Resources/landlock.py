# Landlock: which files a worker may touch, whatever root it has.
import ctypes
import os
import stat
import struct

from haneul_kernel import check, syscall
from haneul_root import SYSTEM_FILES

EXECUTE, WRITE_FILE, READ_FILE, READ_DIR, TRUNCATE = 1, 2, 4, 8, 1 << 14
IOCTL_DEV = 1 << 15


def landlock(orders, scratch, rooted, network):
    """Everything is forbidden but what is listed. Returns whether signals stay inside too."""
    abi = syscall(444, None, 0, 1)
    if abi < 1:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
    every = (1 << 13) - 1
    if abi >= 2:
        every |= 1 << 13
    if abi >= 3:
        every |= TRUNCATE
    if abi >= 5:
        every |= IOCTL_DEV
    network_rights = 3 if abi >= 4 and not network else 0
    scope = 3 if abi >= 6 else 0
    attributes = struct.pack("=QQQ", every, network_rights, scope)
    size = 24 if abi >= 6 else 16 if abi >= 4 else 8
    rules = syscall(444, attributes[:size], size, 0)
    check(rules, "landlock_create_ruleset")
    look = (EXECUTE | READ_FILE | READ_DIR) & every

    def allow(path, rights):
        try:
            descriptor = os.open(path, 0o10000000 | os.O_CLOEXEC)  # O_PATH
        except OSError:
            return
        if not stat.S_ISDIR(os.fstat(descriptor).st_mode):
            rights &= EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE | IOCTL_DEV
        rule = struct.pack("=Qi", rights, descriptor)
        check(syscall(445, rules, 1, rule, 0), f"landlock_add_rule {path}")
        os.close(descriptor)

    write_all = every & ~(EXECUTE | IOCTL_DEV)
    if rooted:
        allow("/", look)
        allow("/dev/shm", write_all)
    else:
        for path in ["/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64"] + ["/etc/" + n for n in SYSTEM_FILES] + orders["readable"]:
            allow(os.path.realpath(path), look)
        for path in ("/dev/zero", "/dev/random", "/dev/urandom", "/proc/cpuinfo", "/proc/meminfo", "/sys/devices/system/cpu"):
            allow(path, look)
    allow("/dev/null", (READ_FILE | WRITE_FILE | TRUNCATE) & every)
    allow(scratch, write_all)
    check(syscall(446, rules, 0), "landlock_restrict_self")
    os.close(rules)
    return abi >= 6
