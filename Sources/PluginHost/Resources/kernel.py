# System calls for which Python has no name, through ctypes and the standard library only.
import ctypes
import os

CLONE_NEWNS, CLONE_NEWUTS, CLONE_NEWIPC, CLONE_NEWUSER = 0x20000, 0x4000000, 0x8000000, 0x10000000
CLONE_NEWPID, CLONE_NEWNET, CLONE_THREAD = 0x20000000, 0x40000000, 0x10000
MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC, MS_REMOUNT = 1, 2, 4, 8, 32
MS_BIND, MS_REC, MS_PRIVATE, MNT_DETACH = 4096, 16384, 1 << 18, 2
PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_CAPBSET_DROP, PR_SET_SECCOMP, PR_SET_NO_NEW_PRIVS = 1, 4, 24, 22, 38

libc = ctypes.CDLL(None, use_errno=True)


def check(result, what):
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, f"{what}: {os.strerror(code)}")
    return result


def syscall(number, *arguments):
    return libc.syscall(ctypes.c_long(number), *[ctypes.c_long(a) if isinstance(a, int) else a for a in arguments])


def prctl(option, value=0):
    return check(libc.prctl(option, ctypes.c_ulong(value), 0, 0, 0), f"prctl {option}")


def unshare(flags):
    check(libc.unshare(flags), "unshare")


def mount(source, target, kind=None, flags=0, data=None):
    encode = lambda text: text.encode() if text is not None else None
    check(libc.mount(encode(source), encode(target), encode(kind), ctypes.c_ulong(flags), encode(data)), f"mount {target}")

NUMBERS = {
    "x86_64": {
        "audit": 0xC000003E, "pivot_root": 155, "clone": 56, "fork": 57, "vfork": 58, "clone3": 435, "kill": 62, "tkill": 200, "prctl": 157,
        "socket": 41, "ioctl": 16, "rt_sigqueueinfo": 129, "pidfd_send_signal": 424,
        "never": [
            101, 310, 311, 312, 165, 166, 155, 161, 272, 308, 321, 298, 323, 248, 249, 250, 175, 313, 176, 169, 167, 168, 163, 164, 227, 179,
            425, 426, 427, 303, 304, 172, 173, 438, 428, 429, 430, 431, 432, 433, 442, 246, 320, 153, 180, 103, 159, 305, 170, 171, 135, 134,
            139, 136, 153, 154, 440, 443, 450, 212, 156]},
    "aarch64": {
        "audit": 0xC00000B7, "pivot_root": 41, "clone": 220, "clone3": 435, "kill": 129, "tkill": 130, "prctl": 167, "socket": 198, "ioctl": 29,
        "rt_sigqueueinfo": 138, "pidfd_send_signal": 424,
        "never": [
            117, 270, 271, 272, 40, 39, 41, 51, 97, 268, 280, 241, 282, 217, 218, 219, 105, 273, 106, 142, 224, 225, 89, 170, 112, 60, 425, 426,
            427, 264, 265, 438, 428, 429, 430, 431, 432, 433, 442, 104, 294, 58, 42, 116, 171, 266, 161, 162, 92, 440, 443, 450, 18]},
}
# "never" is, in this order: ptrace, process_vm_readv and writev, kcmp, mount, umount2, pivot_root, chroot, unshare, setns, bpf,
# perf_event_open, userfaultfd, add_key, request_key, keyctl, modules, reboot, swap, acct, settimeofday, clock_settime, quotactl, io_uring,
# file handles, port access, pidfd_getfd, the new mount calls, kexec, vhangup, nfsservctl, syslog, adjtimex, host names, personality and others.
