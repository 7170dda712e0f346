#: module haneul_sandbox
# Starts as the trusted half of a worker: reads its orders from the channel (descriptor 0), forks the half that will run a
# function's code, shuts that one in with whatever this machine offers, and stays outside to end it.
#
# Uses the standard library only, through ctypes where Python has no name for a system call.
import ctypes
import json
import os
import platform
import resource
import select
import shutil
import signal
import stat
import struct
import sys

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


# ---------------------------------------------------------------------------------------------------- the trusted half


def launch(orders, start):
    """Forks the worker, which calls `start(channel, orders, protections)` when it is shut in, and waits for its end."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if os.getpgrp() != os.getpid():
        os.setsid()
    # The server's own mask keeps others out of what it makes; the worker, under another account, must get into its root.
    os.umask(0o022)
    off = set(orders.get("without", []))
    protections = ["limits"]
    missing = []
    scratch = orders["scratch"]
    os.makedirs(scratch, mode=0o711, exist_ok=True)
    is_root = os.geteuid() == 0
    outer_uid, outer_gid = os.geteuid(), os.getegid()
    namespaces = None
    if "namespaces" in off:
        missing.append("namespaces: turned off")
    else:
        try:
            if not is_root:
                raise PermissionError
            unshare(CLONE_NEWPID)
            namespaces = "root"
        except OSError:
            try:
                unshare(CLONE_NEWUSER | CLONE_NEWPID)
                write("/proc/self/setgroups", "deny")
                write("/proc/self/uid_map", f"{outer_uid} {outer_uid} 1")
                write("/proc/self/gid_map", f"{outer_gid} {outer_gid} 1")
                namespaces = "user"
            except OSError as error:
                missing.append(f"namespaces: {error.strerror or error}")
    if namespaces:
        protections.append("pid-namespace")
        if namespaces == "user":
            protections.append("user-namespace")
    uid = 61184 + os.getpid() % 4300 if is_root and namespaces != "user" and "uid" not in off else None
    gate_read, gate_write = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.close(gate_write)
            os.read(gate_read, 1)  # until the parent can end this process whatever happens
            os.close(gate_read)
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            channel = shut_in(orders, namespaces, uid, off, protections, missing)
            start(channel, orders, protections, missing)
        except BaseException as error:  # noqa: BLE001 - nothing may fall through into the trusted half
            try:
                os.write(2, f"worker: {type(error).__name__}: {error}\n".encode())
            except OSError:
                pass
        finally:
            os._exit(70)
    os.close(gate_read)
    null = os.open("/dev/null", os.O_RDWR)
    os.dup2(null, 1)
    stop_read, stop_write = os.pipe()
    os.set_blocking(stop_write, False)
    signal.set_wakeup_fd(stop_write)
    signal.signal(signal.SIGTERM, lambda *_: None)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    os.write(gate_write, b".")
    os.close(gate_write)
    poll = select.poll()
    poll.register(0, select.POLLRDHUP | select.POLLHUP | select.POLLERR)
    poll.register(stop_read, select.POLLIN)
    status = None
    is_wanted = False
    while status is None:
        done, code = os.waitpid(child, os.WNOHANG)
        if done:
            status = code
            break
        for descriptor, _ in poll.poll():
            wakes = os.read(stop_read, 64) if descriptor == stop_read else b""
            if descriptor == 0 or signal.SIGTERM in wakes:
                is_wanted = True
                end(child)
                _, status = os.waitpid(child, 0)
                break
    end(child)
    if uid is not None and not namespaces:
        sweep(uid)
    shutil.rmtree(scratch, ignore_errors=True)
    if os.WIFSIGNALED(status):
        if not is_wanted:
            os.write(2, f"worker: ended by signal {os.WTERMSIG(status)}\n".encode())
        os._exit(128 + os.WTERMSIG(status))
    os._exit(os.WEXITSTATUS(status))


def end(child):
    """The process, and without a namespace of its own at least its group."""
    for kill in (os.kill, os.killpg):
        try:
            kill(child, signal.SIGKILL)
        except OSError:
            pass


def sweep(uid):
    """Ends what left the worker's group: nothing else runs under this account."""
    helper = os.fork()
    if helper == 0:
        try:
            os.setgroups([])
            os.setresgid(uid, uid, uid)
            os.setresuid(uid, uid, uid)
            for _ in range(100):
                os.kill(-1, signal.SIGKILL)
        finally:
            os._exit(0)
    os.waitpid(helper, 0)


def write(path, text):
    with open(path, "w") as file:
        file.write(text)


# -------------------------------------------------------------------------------------------------- the half that is shut in


def shut_in(orders, namespaces, uid, off, protections, missing):
    """In the forked process. Returns the channel's descriptor; whatever could be done is in `protections`."""
    os.setsid()
    prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() == 0 and not namespaces:
        os._exit(0)
    limits = orders["limits"]
    network = orders["network"]
    scratch = orders["scratch"]
    # 0 is the channel, 2 the log; nothing else stays open.
    channel = os.dup2(0, 10, inheritable=False)
    null = os.open("/dev/null", os.O_RDWR)
    os.dup2(null, 0)
    os.dup2(2, 1)
    os.closerange(3, 10)
    os.closerange(11, resource.getrlimit(resource.RLIMIT_NOFILE)[0] if sys.version_info < (3, 12) else 1 << 20)

    if namespaces:
        for flag in (CLONE_NEWIPC, CLONE_NEWUTS):
            try:
                unshare(flag)
            except OSError as error:
                missing.append(f"namespace {flag:#x}: {error.strerror}")
        if not network:
            try:
                unshare(CLONE_NEWNET)
                protections.append("network-namespace")
            except OSError as error:
                missing.append(f"network namespace: {error.strerror}")
    rooted = False
    if namespaces and "mount" not in off:
        try:
            new_root(orders, uid)
            rooted = True
            protections.append("mount-namespace")
        except OSError as error:
            missing.append(f"mount namespace: {error}")
            libc.umount2(scratch.encode(), MNT_DETACH)
    if rooted:
        scratch = "/tmp"
    elif uid is not None:
        unreachable = next((p for p in orders["readable"] if not reachable(p)), None)
        if unreachable:
            missing.append(f"uid: {unreachable} can be read by the server's account only")
            uid = None
        else:
            os.chown(scratch, uid, uid)
    os.chdir(scratch)
    # The number of processes is counted by account: a limit makes sense where the account is the worker's own.
    set_limits(limits, counts_tasks=uid is not None or namespaces == "user")
    if not drop(uid, protections, missing):
        uid = None
    prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    # Other workers of the same account cannot look into this one.
    if uid is None:
        prctl(PR_SET_DUMPABLE, 0)
    prctl(PR_SET_NO_NEW_PRIVS, 1)
    scoped = False
    if "landlock" in off:
        missing.append("landlock: turned off")
    else:
        try:
            scoped = landlock(orders, scratch, rooted, network)
            protections.append("landlock")
        except OSError as error:
            missing.append(f"landlock: {error.strerror}")
    if "seccomp" in off:
        missing.append("seccomp: turned off")
    else:
        try:
            # Their number can be limited only where the account is the worker's own.
            processes = orders["processes"] and (uid is not None or namespaces == "user")
            if orders["processes"] and not processes:
                missing.append("processes: they cannot be counted here, so none may be started")
            seccomp(network, processes, isolated=bool(namespaces) or scoped)
            protections.append("seccomp")
        except (OSError, KeyError) as error:
            missing.append(f"seccomp: {error}")
    if not network and not {"network-namespace", "seccomp"} & set(protections):
        missing.append("network: cannot be turned off")
    os.environ.clear()
    os.environ.update(
        PATH="/usr/local/bin:/usr/bin:/bin", HOME=scratch, TMPDIR=scratch, TMP=scratch, LANG="C.UTF-8", LC_ALL="C.UTF-8",
        PYTHONDONTWRITEBYTECODE="1", USER="function", OPENBLAS_NUM_THREADS="1", OMP_NUM_THREADS="1", **orders.get("environment", {}))
    os.umask(0o077)
    return channel


def reachable(path):
    """Whether any account can come to this path and read it."""
    path = os.path.realpath(path)
    if not os.path.exists(path):
        return True
    if not os.stat(path).st_mode & 0o004:
        return False
    while True:
        path = os.path.dirname(path)
        if not os.stat(path).st_mode & 0o001:
            return False
        if path == "/":
            return True


def set_limits(limits, counts_tasks):
    def limit(name, value):
        hard = resource.getrlimit(name)[1]
        if hard != resource.RLIM_INFINITY:
            value = min(value, hard)
        resource.setrlimit(name, (value, value))

    limit(resource.RLIMIT_CORE, 0)
    limit(resource.RLIMIT_AS, limits["memory"])
    limit(resource.RLIMIT_FSIZE, limits["file"])
    limit(resource.RLIMIT_NOFILE, limits["descriptors"])
    limit(resource.RLIMIT_CPU, limits["processor"])
    if counts_tasks:
        limit(resource.RLIMIT_NPROC, limits["tasks"])


def drop(uid, protections, missing):
    """No capability is left, and as root no root either."""
    for capability in range(64):
        try:
            prctl(PR_CAPBSET_DROP, capability)
        except OSError:
            break
    if uid is not None:
        try:
            os.setgroups([])
            os.setresgid(uid, uid, uid)
            os.setresuid(uid, uid, uid)
            protections.append("uid")
        except OSError as error:
            missing.append(f"uid: {error.strerror}")
            uid = None
    header = struct.pack("=Ii", 0x20080522, 0)
    libc.capset(header, bytes(24))
    return uid is not None


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

# ---------------------------------------------------------------------------------------------------------- Landlock

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


# ----------------------------------------------------------------------------------------------------------- seccomp

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


def seccomp(network, processes, isolated):
    """What no function needs: other processes' memory, mounts, namespaces, keys, modules. No sockets without `network`; no processes but
    threads without `processes`; signals to nobody else unless a namespace or Landlock sees to that."""
    numbers = NUMBERS[platform.machine()]
    program = []

    def add(code, jump_true, jump_false, value):
        program.append(struct.pack("=HBBI", code, jump_true, jump_false, value & 0xFFFFFFFF))

    LOAD, EQUAL, GREATER_EQUAL, SET, RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
    ALLOW, KILL = 0x7FFF0000, 0x80000000
    error = lambda number: 0x00050000 | number
    low = lambda index: 16 + 8 * index
    add(LOAD, 0, 0, 4)
    add(EQUAL, 1, 0, numbers["audit"])
    add(RETURN, 0, 0, KILL)
    add(LOAD, 0, 0, 0)
    if platform.machine() == "x86_64":
        add(GREATER_EQUAL, 0, 1, 0x40000000)
        add(RETURN, 0, 0, KILL)

    def refuse(number, answer):
        add(EQUAL, 0, 1, number)
        add(RETURN, 0, 0, error(answer))

    for number in sorted(set(numbers["never"])):
        refuse(number, 1)
    refuse(numbers["clone3"], 38)  # the library then uses clone, whose flags can be seen
    if not network:
        refuse(numbers["socket"], 13)
    if not processes:
        for name in ("fork", "vfork"):
            if name in numbers:
                refuse(numbers[name], 1)
    refuse(numbers["rt_sigqueueinfo"], 1)
    if not isolated:
        refuse(numbers["pidfd_send_signal"], 1)

    # clone(flags): no namespaces; no processes unless they are allowed.
    spaces = CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET | 0x2000000 | 0x80
    body = [(LOAD, 0, 0, low(0)), (SET, 0, 1, spaces), (RETURN, 0, 0, error(1))]
    if not processes:
        body += [(SET, 1, 0, CLONE_THREAD), (RETURN, 0, 0, error(1))]
    body += [(RETURN, 0, 0, ALLOW)]
    add(EQUAL, 0, len(body), numbers["clone"])
    for line in body:
        add(*line)
    # prctl(PR_SET_PDEATHSIG): the worker ends with its launcher.
    body = [(LOAD, 0, 0, low(0)), (EQUAL, 0, 1, PR_SET_PDEATHSIG), (RETURN, 0, 0, error(1)), (RETURN, 0, 0, ALLOW)]
    add(EQUAL, 0, len(body), numbers["prctl"])
    for line in body:
        add(*line)
    # ioctl(TIOCSTI, TIOCLINUX): no typing into terminals.
    body = [(LOAD, 0, 0, low(1)), (EQUAL, 1, 0, 0x5412), (EQUAL, 0, 1, 0x541C), (RETURN, 0, 0, error(1)), (RETURN, 0, 0, ALLOW)]
    add(EQUAL, 0, len(body), numbers["ioctl"])
    for line in body:
        add(*line)
    if not isolated:
        for name in ("kill", "tkill"):
            body = [(LOAD, 0, 0, low(0)), (EQUAL, 1, 0, os.getpid()), (RETURN, 0, 0, error(1)), (RETURN, 0, 0, ALLOW)]
            add(EQUAL, 0, len(body), numbers[name])
            for line in body:
                add(*line)
    add(RETURN, 0, 0, ALLOW)
    code = ctypes.create_string_buffer(b"".join(program))
    header = struct.pack("HP", len(program), ctypes.addressof(code))
    check(libc.prctl(PR_SET_SECCOMP, ctypes.c_ulong(2), header, 0, 0), "seccomp")
#: module haneul_worker
# The half of a worker that runs a function's code, after sandbox.py has shut it in: loads the code, takes calls from the channel,
# and passes what the code asks of the server.
#
# A frame is a length (4 bytes), a kind (1), the number of the call (8), and what belongs to it; big-endian, the length counts from the kind.
import asyncio
import collections
import concurrent.futures
import contextvars
import inspect
import json
import os
import re
import site
import socket
import struct
import sys
import threading
import time
import traceback
import types

# From the server.
CALL, CANCEL, CREDIT, REPLY, EVENT_IN, CLOSE, PIECE_IN, PIECES_END = 1, 2, 3, 4, 5, 6, 7, 8
# To the server.
HELLO, REFUSED, STARTED, VALUE, TEXT, CHUNK, END, ERROR, EVENT, REQUEST, FILTERED, PIECES, PULL, DROP = (
    20, 21, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41)
HEADER = struct.Struct(">IBQ")
NUMBER = struct.Struct(">I")
LONGEST = 32 << 20

current = contextvars.ContextVar("haneul_call", default=None)


class NotSupported(NotImplementedError):
    """Something of the original's that this server has not; the message names it."""


def plain(value):
    """For json: what is not plain data."""
    dump = getattr(value, "model_dump", None)
    if dump is not None:
        return dump(mode="json")
    if isinstance(value, (set, frozenset, tuple)):
        return list(value)
    if isinstance(value, (bytes, bytearray)):
        return bytes(value).decode("utf-8", "replace")
    if hasattr(value, "isoformat"):
        return value.isoformat()
    if hasattr(value, "__dict__") and not callable(value):
        return {k: v for k, v in vars(value).items() if not k.startswith("_")}
    return str(value)


encoder = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"), default=plain)


def encode(value):
    return encoder.encode(value).encode("utf-8", "replace")


decode = json.loads


class Channel:
    """Frames out from any thread, frames in on one."""

    def __init__(self, descriptor):
        self.socket = socket.socket(fileno=descriptor)
        self.lock = threading.Lock()

    def send(self, kind, call, payload=b""):
        if len(payload) > LONGEST:
            raise ValueError("the result is too large")
        frame = HEADER.pack(len(payload) + 9, kind, call) + payload
        with self.lock:
            self.socket.sendall(frame)

    def send_all(self, frames):
        with self.lock:
            self.socket.sendall(b"".join(frames))

    def frames(self):
        """Lists of `(kind, call, payload)`, all that is there at once."""
        buffer = bytearray()
        receive = self.socket.recv
        while True:
            data = receive(1 << 18)
            if not data:
                os._exit(0)
            buffer += data
            batch = []
            start, size = 0, len(buffer)
            while size - start >= 13:
                length, kind, call = HEADER.unpack_from(buffer, start)
                end = start + 4 + length
                if end > size:
                    break
                batch.append((kind, call, bytes(buffer[start + 13 : end])))
                start = end
            if start:
                del buffer[:start]
            if batch:
                yield batch


class Call:
    """One call in progress. Its number is the only thing that lets the server act for its user."""

    def __init__(self, worker, number, order):
        self.worker = worker
        self.number = number
        self.order = order
        self.credit = order.get("credit", 0)
        self.room = threading.Condition()
        self.cancelled = False
        self.finished = False
        self.task = None
        self.replies = {}
        self.serial = 0
        self.lock = threading.Lock()
        self.closers = []

    # Pieces and events wait until the server has room for them.

    def grant(self, amount):
        with self.room:
            self.credit += amount
            self.room.notify_all()

    def send(self, kind, payload=b""):
        """From a thread that may wait."""
        with self.room:
            while self.credit <= 0 and not self.cancelled:
                self.room.wait()
            if self.cancelled:
                raise asyncio.CancelledError()
            self.credit -= len(payload) + 64
        self.worker.channel.send(kind, self.number, payload)

    async def send_async(self, kind, payload=b""):
        """From any event loop."""
        pause = 0.001
        while self.credit <= 0 and not self.cancelled:
            await asyncio.sleep(pause)
            pause = min(pause * 2, 0.02)
        if self.cancelled:
            raise asyncio.CancelledError()
        with self.room:
            self.credit -= len(payload) + 64
        self.worker.channel.send(kind, self.number, payload)

    # Requests to the server.

    def request(self, name, arguments):
        if threading.current_thread() is self.worker.listener:
            raise NotSupported(f"{name} cannot be waited for in a Filter.stream that is not async")
        future = concurrent.futures.Future()
        future.set_running_or_notify_cancel()
        with self.lock:
            if self.cancelled:
                raise asyncio.CancelledError()
            self.serial += 1
            serial = self.serial
            self.replies[serial] = future
        self.worker.channel.send(REQUEST, self.number, NUMBER.pack(serial) + encode({"name": name, "arguments": arguments}))
        return serial, future

    def ask(self, name, /, **arguments):
        """Waits in this thread."""
        return self.request(name, arguments)[1].result()

    async def ask_async(self, name, /, **arguments):
        return await asyncio.wrap_future(self.request(name, arguments)[1])

    def pull(self, serial):
        """The next piece of a streamed reply; `None` at its end."""
        future = concurrent.futures.Future()
        future.set_running_or_notify_cancel()
        with self.lock:
            self.replies[serial] = future
        self.worker.channel.send(PULL, self.number, NUMBER.pack(serial))
        return future

    def drop(self, serial):
        try:
            self.worker.channel.send(DROP, self.number, NUMBER.pack(serial))
        except OSError:
            pass

    def reply(self, kind, payload):
        serial = NUMBER.unpack_from(payload)[0]
        with self.lock:
            future = self.replies.pop(serial, None)
        if future is None:
            return
        if kind == PIECE_IN:
            future.set_result(payload[4:])
        elif kind == PIECES_END:
            future.set_result(None)
        else:
            answer = decode(payload[4:])
            if "error" in answer:
                future.set_exception(self.worker.host.ServerError(answer["error"]))
            else:
                answer["serial"] = serial
                future.set_result(answer)

    def cancel(self):
        with self.room:
            self.cancelled = True
            self.room.notify_all()
        with self.lock:
            waiting = list(self.replies.values())
            self.replies.clear()
        for future in waiting:
            if not future.done():
                future.set_exception(asyncio.CancelledError())


class Worker:
    def __init__(self, channel, orders, protections, missing):
        self.channel = channel
        self.orders = orders
        self.protections = protections
        self.missing = missing
        self.calls = {}
        self.streams = {}
        self.loop = asyncio.new_event_loop()
        self.valves_text = None
        self.instance = None
        self.module = None
        self.listener = None
        self.host = sys.modules["haneul_host"]
        threading.stack_size(1 << 20)
        self.pool = concurrent.futures.ThreadPoolExecutor(orders["limits"]["threads"], thread_name_prefix="call")

    # Loading

    def load(self):
        for path in self.orders["packages"]:
            site.addsitedir(path)
        self.host.install(self)
        if self.orders.get("probe"):
            return {"kind": "probe"}
        name = "function_" + re.sub(r"\W", "_", self.orders["id"])
        module = types.ModuleType(name)
        module.__file__ = name + ".py"
        sys.modules[name] = module
        content = self.host.rewrite_imports(self.orders["content"])
        exec(compile(content, module.__file__, "exec"), module.__dict__)
        self.module = module
        for kind, attribute in (("pipe", "Pipe"), ("filter", "Filter"), ("action", "Action"), ("tools", "Tools")):
            if inspect.isclass(getattr(module, attribute, None)):
                self.instance = getattr(module, attribute)()
                self.kind = kind
                break
        else:
            raise ValueError("there is no class named Pipe, Filter, Action or Tools")
        return self.manifest()

    def manifest(self):
        instance = self.instance
        has = lambda name: callable(getattr(instance, name, None))
        result = {
            "kind": self.kind,
            "valves": self.schema("Valves"),
            "userValves": self.schema("UserValves"),
            "isManifold": getattr(instance, "pipes", None) is not None,
            "hasInlet": has("inlet"),
            "hasStream": has("stream"),
            "hasOutlet": has("outlet"),
            "isToggle": bool(getattr(instance, "toggle", False)),
            "icon": getattr(instance, "icon", None) if isinstance(getattr(instance, "icon", None), str) else None,
            "handlesFiles": bool(getattr(instance, "file_handler", False)),
            "citation": bool(getattr(instance, "citation", True)),
            "actions": [a for a in getattr(instance, "actions", None) or [] if isinstance(a, dict)] if self.kind == "action" else [],
        }
        result["toolSpecs"] = sys.modules["haneul_specs"].tool_specs(instance) if self.kind == "tools" else []
        needed = {"pipe": "pipe", "action": "action"}.get(self.kind)
        if needed and not has(needed):
            raise ValueError(f"class {type(instance).__name__} has no method {needed}")
        return result

    def model_class(self, name):
        found = getattr(self.instance, name, None) or getattr(self.module, name, None)
        return found if inspect.isclass(found) and hasattr(found, "model_json_schema") else None

    def schema(self, name):
        found = self.model_class(name)
        return found.model_json_schema() if found else None

    def set_valves(self, values):
        """As the original does: a new object when the values changed."""
        text = encoder.encode(values)
        if text == self.valves_text:
            return
        valves = self.model_class("Valves")
        if valves is not None and (hasattr(self.instance, "valves") or values):
            self.instance.valves = valves(**{k: v for k, v in values.items() if v is not None})
        self.valves_text = text

    # The channel's side

    def run(self):
        try:
            manifest = self.load()
            self.manifest_value = manifest
            payload = encode(manifest)
        except BaseException as error:  # noqa: BLE001 - SystemExit too: code at module level may raise anything
            self.channel.send(REFUSED, 0, encode(self.failure(error)))
            os._exit(0)
        asyncio.set_event_loop(self.loop)
        self.listener = threading.Thread(target=self.listen, name="channel", daemon=True)
        self.listener.start()
        about = {"manifest": manifest, "python": sys.version.split()[0], "protections": self.protections, "missing": self.missing}
        self.channel.send(HELLO, 0, encode(about))
        try:
            self.loop.run_forever()
        finally:
            os._exit(0)

    def listen(self):
        calls, streams = self.calls, self.streams
        later = self.loop.call_soon_threadsafe
        try:
            for batch in self.channel.frames():
                answers = []
                for kind, number, payload in batch:
                    if kind == EVENT_IN:
                        stream = streams.get(number)
                        if stream is not None:
                            stream.push(payload, answers)
                    elif kind == CALL:
                        call = Call(self, number, decode(payload))
                        calls[number] = call
                        later(self.start, call)
                    elif kind == CREDIT:
                        call = calls.get(number)
                        if call is not None:
                            call.grant(NUMBER.unpack(payload)[0])
                    elif kind in (REPLY, PIECE_IN, PIECES_END):
                        call = calls.get(number)
                        if call is not None:
                            call.reply(kind, payload)
                    elif kind in (CANCEL, CLOSE):
                        call = calls.get(number)
                        if streams.pop(number, None) is not None:
                            calls.pop(number, None)
                            answers.append(HEADER.pack(13, END, number) + NUMBER.pack(int(time.process_time())))
                        if call is not None:
                            call.cancel()
                            later(self.cancel, call)
                if answers:
                    self.channel.send_all(answers)
        except OSError:
            pass
        os._exit(0)

    # Calls, on the loop

    def start(self, call):
        if call.cancelled:
            self.calls.pop(call.number, None)
            self.channel.send(END, call.number, NUMBER.pack(int(time.process_time())))
            return
        self.channel.send(STARTED, call.number)
        context = contextvars.copy_context()
        context.run(current.set, call)
        if sys.version_info >= (3, 11):
            call.task = self.loop.create_task(self.perform(call), context=context)
        else:
            call.task = context.run(self.loop.create_task, self.perform(call))
        call.task.add_done_callback(lambda _: self.ended(call))

    def ended(self, call):
        """A task that is cancelled before its first step runs no line of `perform`."""
        if not call.finished and call.number not in self.streams:
            self.calls.pop(call.number, None)
            self.finish(call, END)

    def cancel(self, call):
        if call.task is not None:
            call.task.cancel()

    async def perform(self, call):
        keep = False
        try:
            answer = await getattr(self, "do_" + call.order["op"])(call)
            keep = answer is KEEP
            if not keep:
                if answer is OVER:
                    self.finish(call, END)
                else:
                    self.finish(call, VALUE, encode(answer))
        except asyncio.CancelledError:
            self.finish(call, END)
        except BaseException as error:  # noqa: BLE001 - SystemExit of a function is its failure, not the worker's
            self.finish(call, ERROR, encode(self.failure(error)))
        finally:
            if not keep:
                self.calls.pop(call.number, None)

    def finish(self, call, kind, payload=b""):
        with call.lock:
            call.cancelled = True
            call.finished = True
        # How much of the processor's time limit is gone tells the server when to start another worker.
        try:
            self.channel.send(kind, call.number, NUMBER.pack(int(time.process_time())) + payload)
        except ValueError as error:
            self.channel.send(ERROR, call.number, NUMBER.pack(0) + encode(self.failure(error)))

    def failure(self, error):
        own = [f for f in traceback.extract_tb(error.__traceback__) if "function_" in f.filename]
        lines = [f"line {f.lineno}, in {f.name}" for f in own[-6:]]
        message = str(error) or type(error).__name__
        if isinstance(error, SyntaxError):
            message = f"{error.msg} (line {error.lineno})"
        return {"type": type(error).__name__, "message": message[:4000], "trace": "\n".join(lines)}

    # Parameters

    def parameters(self, handler, call, first):
        """What the signature names, and no more."""
        order = call.order
        signature = inspect.signature(handler).parameters
        rest = any(p.kind is p.VAR_KEYWORD for p in signature.values())
        result = {}
        for name, value in first.items():
            if name in signature or rest:
                result[name] = value
        context = order.get("context", {})
        for name, parameter in signature.items():
            if name in result or not (name.startswith("__") and name.endswith("__")):
                continue
            if parameter.kind in (parameter.VAR_KEYWORD, parameter.VAR_POSITIONAL):
                continue
            known, value = self.special(name, call, context)
            if known:
                result[name] = value
            elif parameter.default is parameter.empty:
                result[name] = None
        return result

    def special(self, name, call, context):
        if name == "__user__":
            return True, self.user(call)
        if name == "__event_emitter__":
            return True, self.host.emitter(call)
        if name == "__event_call__":
            return True, self.host.event_call(call)
        if name == "__request__":
            return True, self.host.request(call)
        if name == "__tools__":
            return True, self.host.tools(call, context.get(name) or {})
        if name in context:
            return True, context[name]
        return False, None

    def user(self, call):
        user = dict(call.order.get("user") or {})
        model = self.model_class("UserValves")
        if model is not None:
            values = {k: v for k, v in (call.order.get("userValves") or {}).items() if v is not None}
            try:
                user["valves"] = model(**values)
            except Exception:  # noqa: BLE001 - values of an older version of the code
                user["valves"] = model()
        return user

    async def invoke(self, handler, parameters, call):
        """Coroutines on the loop, everything else in a thread: whatever blocks there blocks nobody else."""
        if inspect.iscoroutinefunction(handler):
            return await handler(**parameters)
        if inspect.isasyncgenfunction(handler):
            return handler(**parameters)
        context = contextvars.copy_context()
        result = await self.in_thread(lambda: context.run(handler, **parameters))
        if inspect.isawaitable(result) and not hasattr(result, "__aiter__"):
            result = await result
        return result

    async def in_thread(self, work):
        """A thread cannot be ended: a cancelled call lasts until it has ended by itself, or the server ends the worker."""
        future = self.loop.run_in_executor(self.pool, work)
        try:
            return await asyncio.shield(future)
        except asyncio.CancelledError:
            if not future.cancel():
                await asyncio.wait([future])
                if not future.cancelled() and future.exception() is None and hasattr(future.result(), "close"):
                    future.result().close()
            raise

    # Operations

    async def do_models(self, call):
        self.set_valves(call.order["valves"])
        pipes = getattr(self.instance, "pipes", None)
        if pipes is None:
            return [{"id": "", "name": getattr(self.instance, "name", "") or ""}]
        if callable(pipes):
            pipes = await self.invoke(pipes, {}, call)
        prefix = getattr(self.instance, "name", "")
        prefix = prefix if isinstance(prefix, str) else ""
        return [{"id": str(p["id"]), "name": prefix + str(p.get("name", p["id"]))} for p in pipes or []]

    async def do_pipe(self, call):
        self.set_valves(call.order["valves"])
        handler = self.instance.pipe
        result = await self.invoke(handler, self.parameters(handler, call, {"body": call.order["body"]}), call)
        return await self.deliver(result, call)

    async def do_inlet(self, call):
        return await self.filter("inlet", call)

    async def do_outlet(self, call):
        return await self.filter("outlet", call)

    async def filter(self, name, call):
        self.set_valves(call.order["valves"])
        handler = getattr(self.instance, name, None)
        if handler is None:
            return call.order["body"]
        result = await self.invoke(handler, self.parameters(handler, call, {"body": call.order["body"]}), call)
        if result is None:
            return call.order["body"]
        if not isinstance(result, dict):
            raise TypeError(f"{name} must return the body, not {type(result).__name__}")
        return result

    async def do_tool(self, call):
        self.set_valves(call.order["valves"])
        name = call.order["name"]
        handler = getattr(self.instance, name, None)
        if handler is None or name.startswith("_"):
            raise AttributeError(f"there is no tool named {name}")
        arguments = sys.modules["haneul_specs"].convert(handler, call.order["arguments"])
        result = await self.invoke(handler, self.parameters(handler, call, arguments), call)
        return await self.whole(result, call)

    async def do_action(self, call):
        self.set_valves(call.order["valves"])
        handler = self.instance.action
        result = await self.invoke(handler, self.parameters(handler, call, {"body": call.order["body"]}), call)
        return await self.whole(result, call)

    async def do_stream(self, call):
        self.set_valves(call.order["valves"])
        handler = getattr(self.instance, "stream", None)
        if handler is None:
            raise AttributeError("the filter has no stream")
        parameters = self.parameters(handler, call, {})
        names = [n for n, p in inspect.signature(handler).parameters.items() if not n.startswith("__") and p.kind is not p.VAR_KEYWORD]
        self.streams[call.number] = Stream(self, call, handler, names[0] if names else "event", parameters)
        call.finished = True
        self.channel.send(PIECES, call.number)
        return KEEP

    # Results

    async def whole(self, result, call):
        """Of a tool or an action: a value."""
        if hasattr(result, "__aiter__"):
            return [item async for item in result]
        if hasattr(result, "__next__"):
            return await self.in_thread(lambda: list(result))
        response = self.response(result)
        if response is not None:
            return response
        if isinstance(result, tuple):
            return list(result)
        return result

    def response(self, result):
        """The body of a response object that does not stream."""
        body = getattr(result, "body", None)
        if body is None or not hasattr(result, "status_code") or not isinstance(body, (bytes, str)):
            return None
        text = body.decode("utf-8", "replace") if isinstance(body, bytes) else body
        try:
            value = decode(text)
            return value if isinstance(value, (dict, list)) else text
        except ValueError:
            return text

    async def deliver(self, result, call):
        if hasattr(result, "body_iterator"):
            result = Lines(result.body_iterator)
        if hasattr(result, "__aiter__"):
            self.channel.send(PIECES, call.number)
            try:
                async for item in result:
                    for kind, payload in pieces(item):
                        await call.send_async(kind, payload)
            finally:
                close = getattr(result, "aclose", None)
                if close is not None:
                    await close()
            return OVER
        if hasattr(result, "__next__") or isinstance(result, (list, tuple)):
            self.channel.send(PIECES, call.number)
            context = contextvars.copy_context()
            await self.in_thread(lambda: context.run(self.iterate, result, call))
            return OVER
        response = self.response(result)
        if response is not None:
            return response
        return result if isinstance(result, (str, dict)) or result is None else plain_value(result)

    def iterate(self, result, call):
        """A generator, in a thread."""
        try:
            for item in result:
                for kind, payload in pieces(item):
                    call.send(kind, payload)
        except asyncio.CancelledError:
            pass
        finally:
            close = getattr(result, "close", None)
            if close is not None:
                close()


KEEP, OVER = object(), object()


def plain_value(value):
    value = plain(value) if hasattr(value, "model_dump") else value
    return value if isinstance(value, dict) else str(value)


def pieces(item):
    """Frames for one thing that was yielded: text, or chunks in the form of OpenAI's stream."""
    if isinstance(item, str):
        text = item
    elif isinstance(item, (bytes, bytearray)):
        text = item.decode("utf-8", "replace")
    elif isinstance(item, dict):
        if len(item) == 1 and isinstance(item.get("event"), dict):
            return [(EVENT, encode(item["event"]))]
        return [(CHUNK, encode(item))]
    elif hasattr(item, "model_dump"):
        return [(CHUNK, encode(item))]
    elif item is None:
        return []
    else:
        text = str(item)
    if not text.startswith("data:"):
        return [(TEXT, text.encode("utf-8", "replace"))] if text else []
    result = []
    for line in text.splitlines():
        if not line.startswith("data:"):
            continue
        data = line[5:].strip()
        if not data or data == "[DONE]":
            continue
        try:
            value = decode(data)
        except ValueError:
            value = None
        if isinstance(value, dict):
            result.append((CHUNK, data.encode("utf-8", "replace")))
        else:
            result.append((TEXT, data.encode("utf-8", "replace")))
    return result


class Lines:
    """The body of a streaming response: cut into lines where it is a stream of events, else as it comes."""

    def __init__(self, body):
        self.body = body

    async def __aiter__(self):
        rest = ""
        events = None
        if hasattr(self.body, "__aiter__"):
            source = self.body
        else:
            source = from_thread(self.body)
        async for item in source:
            if isinstance(item, dict) or hasattr(item, "model_dump"):
                yield item
                continue
            text = item.decode("utf-8", "replace") if isinstance(item, (bytes, bytearray, memoryview)) else str(item)
            if events is None and text.strip():
                events = text.lstrip().startswith(("data:", ":", "event:", "id:", "retry:"))
            if not events:
                if text:
                    yield text
                continue
            rest += text
            *lines, rest = rest.split("\n")
            for line in lines:
                if line.startswith("data:"):
                    yield line
        if events and rest.startswith("data:"):
            yield rest


async def from_thread(iterable):
    iterator = iter(iterable)
    stop = object()
    while True:
        item = await asyncio.to_thread(next, iterator, stop)
        if item is stop:
            return
        yield item


class Stream:
    """`Filter.stream` over one answer. Runs on the thread that reads the channel: a piece costs no change of threads."""

    def __init__(self, worker, call, handler, name, parameters):
        self.worker = worker
        self.number = call.number
        self.call = call
        self.handler = handler
        self.name = name
        self.parameters = parameters
        self.context = contextvars.copy_context()
        self.is_async = inspect.iscoroutinefunction(handler)
        self.failed = False
        self.waiting = collections.deque()

    def push(self, payload, answers):
        if self.failed:
            return
        if self.is_async:
            self.waiting.append(payload)
            if len(self.waiting) == 1:
                self.worker.loop.call_soon_threadsafe(self.begin)
            return
        try:
            result = self.context.run(self.handler, **{self.name: decode(payload)}, **self.parameters)
            answers.append(self.answer(result))
        except BaseException as error:  # noqa: BLE001
            answers.append(self.failure(error))

    def answer(self, result):
        data = b"" if result is None else encode(result)
        return HEADER.pack(len(data) + 9, FILTERED, self.number) + data

    def failure(self, error):
        self.failed = True
        self.worker.streams.pop(self.number, None)
        self.worker.calls.pop(self.number, None)
        data = NUMBER.pack(int(time.process_time())) + encode(self.worker.failure(error))
        return HEADER.pack(len(data) + 9, ERROR, self.number) + data

    # Coroutines run on the loop, one piece after the other.

    def begin(self):
        task = self.context.run(self.worker.loop.create_task, self.drain())
        self.call.task = task

    async def drain(self):
        while self.waiting and not self.call.cancelled:
            try:
                result = await self.handler(**{self.name: decode(self.waiting[0])}, **self.parameters)
                frame = self.answer(result)
            except BaseException as error:  # noqa: BLE001
                frame = self.failure(error)
            self.worker.channel.send_all([frame])
            if self.failed:
                return
            # Last, because the thread of the channel begins a new task when it finds the list empty.
            self.waiting.popleft()


def main(channel, orders, protections, missing):
    Worker(Channel(channel), orders, protections, missing).run()
#: module haneul_specs
# Tools as a model sees them: JSON schemas from type hints and docstrings.
import inspect
import re
import typing

PARAMETER = re.compile(r"^\s*:param\s+(?:[\w\[\], |.]+\s+)?(\w+)\s*:\s*(.*)$")


def tool_specs(instance):
    """`{name, description, parameters}` for each public method, in the order of the class."""
    specs = []
    seen = set()
    for owner in reversed(type(instance).__mro__):
        for name, value in vars(owner).items():
            if owner is object or name.startswith("_") or name in seen or inspect.isclass(value):
                continue
            handler = getattr(instance, name, None)
            if callable(handler) and (inspect.ismethod(handler) or inspect.isfunction(handler)):
                seen.add(name)
                specs.append(tool_spec(name, handler))
    return specs


def tool_spec(name, handler):
    summary, parameters = docstring(handler)
    spec = {"name": name, "description": summary or name}
    spec["parameters"] = clean(model(handler, parameters).model_json_schema())
    spec["parameters"].pop("description", None)
    spec["parameters"].setdefault("properties", {})
    return spec


def docstring(handler):
    """The text before the first `:param`, and the texts of the parameters."""
    summary, parameters, name = [], {}, None
    for line in (inspect.getdoc(handler) or "").splitlines():
        found = PARAMETER.match(line)
        if found:
            name = found.group(1)
            parameters[name] = found.group(2).strip()
        elif re.match(r"^\s*:(return|returns|raises|rtype|type)\b", line):
            name = ""
        elif name:
            parameters[name] = (parameters[name] + " " + line.strip()).strip()
        elif name is None:
            summary.append(line)
    return "\n".join(summary).strip(), parameters


def hints(handler):
    try:
        return typing.get_type_hints(handler, include_extras=True)
    except Exception:  # noqa: BLE001 - a hint that names something that is not there
        return getattr(handler, "__annotations__", {})


def model(handler, texts):
    from pydantic import ConfigDict, Field, create_model
    from pydantic.fields import FieldInfo

    known = hints(handler)
    fields = {}
    for name, parameter in inspect.signature(handler).parameters.items():
        if name.startswith("__") or name == "self" or parameter.kind in (parameter.VAR_KEYWORD, parameter.VAR_POSITIONAL):
            continue
        hint = known.get(name, typing.Any if parameter.default is parameter.empty else type(parameter.default))
        if parameter.default is None and name not in known:
            hint = typing.Any
        if isinstance(parameter.default, FieldInfo):
            fields[name] = (hint, parameter.default)
            continue
        default = ... if parameter.default is parameter.empty else parameter.default
        fields[name] = (hint, Field(default, description=texts[name]) if name in texts else Field(default))
    return create_model(handler.__name__, __config__=ConfigDict(arbitrary_types_allowed=True, protected_namespaces=()), **fields)


def clean(schema):
    """Without the titles that nobody wrote."""
    if isinstance(schema, dict):
        return {
            key: clean(value) if key != "properties" else {name: clean(part) for name, part in value.items()}
            for key, value in schema.items()
            if not (key == "title" and isinstance(value, str))
        }
    if isinstance(schema, list):
        return [clean(part) for part in schema]
    return schema


def convert(handler, arguments):
    """Arguments as the hints want them (`"3"` for an int, a dictionary for a model), or a message a model can act on."""
    from pydantic import ValidationError

    try:
        checked = model(handler, {})(**arguments)
    except ValidationError as error:
        problems = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors()[:5])
        raise ValueError(f"the arguments do not fit: {problems}") from None
    return {name: getattr(checked, name) for name in type(checked).model_fields if name in arguments or not required_default(handler, name)}


def required_default(handler, name):
    """Whether the method's own default should stay."""
    return inspect.signature(handler).parameters[name].default is not inspect.Parameter.empty
#: module haneul_host
# Stands in for what functions import from their host (`open_webui.*`) and for the web framework's classes where that is not
# installed. Whatever needs the server goes over the channel, as the user of the call that is in progress. What is not here can be
# imported and fails, with its name, when it is used.
import asyncio
import contextlib
import enum
import hashlib
import importlib.abc
import importlib.machinery
import json
import logging
import os
import re
import sys
import threading
import time
import types
import uuid

import haneul_worker as worker_module
from haneul_worker import NotSupported, current

worker = None

# Old names that published functions still use.
OLD_IMPORTS = (
    (r"from utils\b", "from open_webui.utils"), (r"from apps\b", "from open_webui.apps"), (r"from main\b", "from open_webui.main"),
    (r"from config\b", "from open_webui.config"), (r"from constants\b", "from open_webui.constants"), (r"from env\b", "from open_webui.env"),
)


def rewrite_imports(content):
    for old, new in OLD_IMPORTS:
        content = re.sub(r"(?m)^(\s*)" + old, lambda found: found.group(1) + new, content)
    return content


def call_in_progress():
    """The call on whose behalf the code runs: known from the context, or where only one is there."""
    call = current.get()
    if call is not None:
        return call
    calls = list(worker.calls.values())
    if len(calls) == 1:
        return calls[0]
    raise NotSupported("asking the server outside of a call (for instance in a thread of one's own) is not supported")


# ------------------------------------------------------------------------------------------------------ things that fail with their name


class Missing:
    """Stands for something of the original's that is not here."""

    def __init__(self, name):
        object.__setattr__(self, "_name", name)

    def _fail(self, *_, **__):
        raise NotSupported(f"{self._name} is not supported by this server")

    __call__ = __getitem__ = __setattr__ = __iter__ = __enter__ = __await__ = __aiter__ = __len__ = _fail

    def __getattr__(self, name):
        if name.startswith("__") and name.endswith("__"):
            raise AttributeError(name)
        return Missing(f"{self._name}.{name}")

    def __or__(self, other):
        return other

    __ror__ = __or__

    def __repr__(self):
        return f"<{self._name}: not supported>"


class StandIn(types.ModuleType):
    def __getattr__(self, name):
        if name.startswith("__") and name.endswith("__"):
            raise AttributeError(name)
        full = f"{self.__name__}.{name}"
        if full in sys.modules:
            return sys.modules[full]
        return Missing(full)


class Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Makes a module of every `open_webui...` name."""

    def find_spec(self, name, path=None, target=None):
        if name == "open_webui" or name.startswith("open_webui."):
            return importlib.machinery.ModuleSpec(name, self, is_package=True)
        return None

    def create_module(self, spec):
        module = StandIn(spec.name)
        module.__path__ = []
        module.__dict__.update(MODULES.get(spec.name, dict)())
        return module

    def exec_module(self, module):
        pass


# -------------------------------------------------------------------------------------------------------- values that may be awaited


class Awaitable:
    """Newer functions await what older ones took at once; these values allow both."""

    def __await__(self):
        return self
        yield


class AwaitableDict(Awaitable, dict):
    pass


class AwaitableList(Awaitable, list):
    pass


class AwaitableNone(Awaitable):
    def __bool__(self):
        return False

    def __await__(self):
        return None
        yield


def is_awaited(frame):
    """Whether the caller's next step is `await`: only then may `None` be wrapped."""
    import dis

    code = frame.f_code.co_code
    index = frame.f_lasti + 2
    while index < len(code) and dis.opname[code[index]] in ("CACHE", "EXTENDED_ARG"):
        index += 2
    return index < len(code) and dis.opname[code[index]] == "GET_AWAITABLE"


def nothing(depth=2):
    return AwaitableNone() if is_awaited(sys._getframe(depth)) else None


# ------------------------------------------------------------------------------------------------------------------ requests to the server


def make_errors():
    try:
        from fastapi import HTTPException
    except ImportError:

        class HTTPException(Exception):
            def __init__(self, status_code, detail=None, headers=None):
                self.status_code, self.detail, self.headers = status_code, detail, headers
                super().__init__(detail)

            def __str__(self):
                return f"{self.status_code}: {self.detail}"

    return HTTPException


class ServerRefusal(Exception):
    """Replaced by a subclass of HTTPException once the packages can be imported."""


def ServerError(error):
    return HTTPException(status_code=error.get("status", 500), detail=error.get("message", "the server refused"))


HTTPException = None


class StreamedAnswer:
    """What `generate_chat_completion` gives for a streamed request: an asynchronous iterator of lines."""

    media_type = "text/event-stream"
    status_code = 200

    def __init__(self, call, serial):
        self.headers = {}
        self.background = None
        self.body_iterator = self.iterate(call, serial)

    async def iterate(self, call, serial):
        ended = False
        try:
            while True:
                piece = await asyncio.wrap_future(call.pull(serial))
                if piece is None:
                    ended = True
                    return
                yield piece
        finally:
            if not ended:
                call.drop(serial)


def check_user(call, user):
    wanted = user.get("id") if isinstance(user, dict) else getattr(user, "id", None)
    own = (call.order.get("user") or {}).get("id")
    if wanted is not None and own is not None and wanted != own:
        raise HTTPException(status_code=403, detail="a function acts for the user who called it, and for nobody else")


async def generate_chat_completion(request=None, form_data=None, user=None, *_, **__):
    call = getattr(request, "_call", None) or call_in_progress()
    if form_data is None and isinstance(request, dict):
        form_data = request
    check_user(call, user)
    answer = await call.ask_async("complete", body=form_data)
    if answer.get("stream"):
        return StreamedAnswer(call, answer["serial"])
    return answer["value"]


async def get_all_models(request=None, *_, user=None, **__):
    call = getattr(request, "_call", None) or call_in_progress()
    check_user(call, user)
    return (await call.ask_async("models"))["value"]


def take(name, /, **arguments):
    return call_in_progress().ask(name, **arguments)["value"]


class Users:
    @staticmethod
    def get_user_by_id(id, *_, **__):
        row = take("user", id=str(id))
        return UserModel(**row) if row else nothing()

    @staticmethod
    def get_user_by_email(email, *_, **__):
        own = call_in_progress().order.get("user") or {}
        return UserModel(**own) if own.get("email") == email else nothing()


class Files:
    @staticmethod
    def get_file_by_id(id, *_, **__):
        row = take("file", id=str(id))
        return FileModel(**row) if row else nothing()

    @staticmethod
    def get_file_by_id_and_user_id(id, user_id=None, *_, **__):
        row = take("file", id=str(id))
        return FileModel(**row) if row and row.get("user_id") == user_id else nothing()

    @staticmethod
    def get_files_by_ids(ids, *_, **__):
        return AwaitableList(FileModel(**row) for row in (take("file", id=str(id)) for id in ids) if row)

    def __getattr__(self, name):
        return Missing(f"open_webui.models.files.Files.{name}")


class Chats:
    @staticmethod
    def get_chat_by_id(id, *_, **__):
        row = take("chat", id=str(id))
        return ChatModel(**row) if row else nothing()

    @staticmethod
    def get_chat_by_id_and_user_id(id, user_id=None, *_, **__):
        row = take("chat", id=str(id))
        return ChatModel(**row) if row and row.get("user_id") == user_id else nothing()

    def __getattr__(self, name):
        return Missing(f"open_webui.models.chats.Chats.{name}")


class Models:
    @staticmethod
    def get_model_by_id(id, *_, **__):
        row = next((m for m in take("models") if m.get("id") == id), None)
        return ModelModel(**{**row, **(row.get("info") or {})}) if row else nothing()

    def __getattr__(self, name):
        return Missing(f"open_webui.models.models.Models.{name}")


class Storage:
    @staticmethod
    def get_file(path):
        """Paths come from a file's `path`, which has brought the file here."""
        if not os.path.exists(path):
            raise FileNotFoundError(path)
        return path

    def __getattr__(self, name):
        return Missing(f"open_webui.storage.provider.Storage.{name}")


def fetch_file(id, name):
    import base64

    content = take("content", id=id)
    if content is None:
        raise FileNotFoundError(id)
    folder = os.path.join(os.environ["TMPDIR"], "files", hashlib.sha256(id.encode()).hexdigest()[:16])
    os.makedirs(folder, exist_ok=True)
    path = os.path.join(folder, os.path.basename(name or "") or "file")
    with open(path, "wb") as file:
        file.write(base64.b64decode(content))
    return path


UserModel = FileModel = ChatModel = ModelModel = None


def make_models():
    global UserModel, FileModel, ChatModel, ModelModel
    from typing import Any, Optional

    from pydantic import BaseModel, ConfigDict

    class Row(Awaitable, BaseModel):
        model_config = ConfigDict(extra="allow", protected_namespaces=())
        id: str

    class UserModel(Row):
        name: str = ""
        email: str = ""
        role: str = "user"
        profile_image_url: Optional[str] = None

    class FileMeta(BaseModel):
        model_config = ConfigDict(extra="allow")
        name: Optional[str] = None
        content_type: Optional[str] = None
        size: Optional[int] = None

    class FileModel(Row):
        user_id: str = ""
        filename: str = ""
        data: Optional[dict] = None
        meta: Optional[dict] = None

        @property
        def path(self):
            return fetch_file(self.id, self.filename)

    class ChatModel(Row):
        user_id: str = ""
        title: str = ""
        chat: dict = {}

    class ModelModel(Row):
        name: str = ""
        base_model_id: Optional[str] = None
        params: Any = None
        meta: Any = None

    for found in (UserModel, FileModel, ChatModel, ModelModel):
        globals()[found.__name__] = found


async def query_collection(collection_names=None, queries=None, embedding_function=None, k=5, *_, **__):
    items = [{"type": "collection", "id": name} for name in collection_names or []]
    queries = [queries] if isinstance(queries, str) else list(queries or [])
    return (await call_in_progress().ask_async("retrieve", queries=queries, items=items, limit=k))["value"]


# ---------------------------------------------------------------------------------------------------------- special parameters


def emitter(call):
    async def emit(event):
        await call.send_async(worker_module.EVENT, worker_module.encode(event))

    return emit


def event_call(call):
    async def ask(event):
        return (await call.ask_async("ask", event=event))["value"]

    return ask


def tools(call, known):
    result = {}
    for name, tool in known.items():
        tool = dict(tool) if isinstance(tool, dict) else {"spec": tool}

        async def run(*, _name=name, **arguments):
            return (await call.ask_async("tool", name=_name, arguments=arguments))["value"]

        tool["callable"] = run
        result[name] = tool
    return result


class Headers(dict):
    def get(self, key, default=None):
        return super().get(key.lower(), default)


class State:
    def __init__(self, name, **values):
        object.__setattr__(self, "_name", name)
        self.__dict__.update(values)

    def __getattr__(self, name):
        if name.startswith("__") and name.endswith("__"):
            raise AttributeError(name)
        return Missing(f"{self._name}.{name}")


class AppState(State):
    @property
    def MODELS(self):
        return {m["id"]: m for m in take("models")}


class Request:
    """`__request__`: enough for what is passed on to the helpers. Nothing of the real request, its headers and cookies, is in it."""

    def __init__(self, call=None):
        self._call = call
        user = (call.order.get("user") or {}) if call is not None else {}
        self.headers = Headers()
        self.cookies = {}
        self.query_params = {}
        self.path_params = {}
        self.method = "POST"
        self.base_url = "http://localhost/"
        self.url = "http://localhost/api/chat/completions"
        self.client = None
        self.state = State("__request__.state", user=UserModel(**user) if user.get("id") else None, metadata={})
        self.app = State("__request__.app", state=AppState("__request__.app.state", config=State("__request__.app.state.config")))

    async def is_disconnected(self):
        return self._call is None or self._call.cancelled

    async def json(self):
        return self._call.order.get("body") if self._call is not None else {}


def request(call):
    return Request(call)


# -------------------------------------------------------------------------------------------------------------- messages


def get_content_from_message(message):
    content = message.get("content")
    if isinstance(content, list):
        return next((part.get("text") for part in content if part.get("type") == "text"), None)
    return content


def get_last_message_item(messages, role):
    return next((m for m in reversed(messages) if m.get("role") == role), None)


def get_last_user_message_item(messages):
    return get_last_message_item(messages, "user")


def get_last_user_message(messages):
    message = get_last_user_message_item(messages)
    return get_content_from_message(message) if message else None


def get_last_assistant_message_item(messages):
    return get_last_message_item(messages, "assistant")


def get_last_assistant_message(messages):
    message = get_last_assistant_message_item(messages)
    return get_content_from_message(message) if message else None


def get_system_message(messages):
    return next((m for m in messages if m.get("role") == "system"), None)


def remove_system_message(messages):
    return [m for m in messages if m.get("role") != "system"]


def pop_system_message(messages):
    return get_system_message(messages), remove_system_message(messages)


def put_text(message, text, append):
    content = message.get("content")
    joined = lambda old: f"{old}\n{text}" if append else f"{text}\n{old}"
    if isinstance(content, list):
        for part in content:
            if part.get("type") == "text":
                part["text"] = joined(part.get("text", ""))
                return message
        content.append({"type": "text", "text": text})
    else:
        message["content"] = joined(content or "")
    return message


def add_or_update_system_message(content, messages, append=False):
    if messages and messages[0].get("role") == "system":
        put_text(messages[0], content, append)
    else:
        messages.insert(0, {"role": "system", "content": content})
    return messages


def replace_system_message_content(content, messages):
    for message in messages:
        if message.get("role") == "system":
            message["content"] = content
            break
    return messages


def add_or_update_user_message(content, messages, append=True):
    if messages and messages[-1].get("role") == "user":
        put_text(messages[-1], content, append)
    else:
        messages.append({"role": "user", "content": content})
    return messages


def prepend_to_first_user_message_content(content, messages):
    for message in messages:
        if message.get("role") == "user":
            put_text(message, content, False)
            break
    return messages


def append_or_update_assistant_message(content, messages):
    if messages and messages[-1].get("role") == "assistant":
        put_text(messages[-1], content, True)
    else:
        messages.append({"role": "assistant", "content": content})
    return messages


def get_messages_content(messages):
    return "\n".join(f"{m.get('role', '').upper()}: {get_content_from_message(m)}" for m in messages)


def get_message_list(messages, message_id):
    chain, seen = [], set()
    current_id = message_id
    while current_id in messages and current_id not in seen:
        seen.add(current_id)
        chain.append(messages[current_id])
        current_id = messages[current_id].get("parentId")
    return chain[::-1]


def openai_chat_message_template(model):
    return {
        "id": f"{model}-{uuid.uuid4()}", "created": int(time.time()), "model": model,
        "choices": [{"index": 0, "logprobs": None, "finish_reason": None}],
    }


def openai_chat_chunk_message_template(model, content=None, reasoning_content=None, tool_calls=None, usage=None):
    result = openai_chat_message_template(model)
    result["object"] = "chat.completion.chunk"
    choice = result["choices"][0]
    choice["delta"] = {}
    for key, value in (("content", content), ("reasoning_content", reasoning_content), ("tool_calls", tool_calls)):
        if value:
            choice["delta"][key] = value
    if not choice["delta"]:
        choice["finish_reason"] = "stop"
    if usage:
        result["usage"] = usage
    return result


def openai_chat_completion_message_template(model, message=None, reasoning_content=None, tool_calls=None, usage=None):
    result = openai_chat_message_template(model)
    result["object"] = "chat.completion"
    if message is not None:
        answer = {"role": "assistant", "content": message}
        if reasoning_content:
            answer["reasoning_content"] = reasoning_content
        if tool_calls:
            answer["tool_calls"] = tool_calls
        result["choices"][0]["message"] = answer
    result["choices"][0]["finish_reason"] = "stop"
    if usage:
        result["usage"] = usage
    return result


def calculate_sha256_string(text):
    return hashlib.sha256(text.encode()).hexdigest()


def sanitize_filename(name):
    return re.sub(r"[^\w\d-]", "_", os.path.splitext(name)[0]).lower() + os.path.splitext(name)[1]


def get_event_emitter(*_, **__):
    return emitter(call_in_progress())


def get_event_call(*_, **__):
    return event_call(call_in_progress())


class TASKS(str, enum.Enum):
    DEFAULT = "default"
    TITLE_GENERATION = "title_generation"
    FOLLOW_UP_GENERATION = "follow_up_generation"
    TAGS_GENERATION = "tags_generation"
    EMOJI_GENERATION = "emoji_generation"
    QUERY_GENERATION = "query_generation"
    IMAGE_PROMPT_GENERATION = "image_prompt_generation"
    AUTOCOMPLETE_GENERATION = "autocomplete_generation"
    FUNCTION_CALLING = "function_calling"
    MOA_RESPONSE_GENERATION = "moa_response_generation"

    def __str__(self):
        return self.value


class Levels(dict):
    def __missing__(self, key):
        return "INFO"


def folder(name):
    path = os.path.join(os.environ["TMPDIR"], name)
    os.makedirs(path, exist_ok=True)
    return path


def messages_module():
    names = (
        get_content_from_message, get_last_user_message_item, get_last_user_message, get_last_assistant_message_item,
        get_last_assistant_message, get_system_message, remove_system_message, pop_system_message, add_or_update_system_message,
        replace_system_message_content, add_or_update_user_message, prepend_to_first_user_message_content,
        append_or_update_assistant_message, get_messages_content, get_message_list, openai_chat_message_template,
        openai_chat_chunk_message_template, openai_chat_completion_message_template, calculate_sha256_string, sanitize_filename)
    return {found.__name__: found for found in names}


def chat_module():
    return {"generate_chat_completion": generate_chat_completion, "generate_chat_completions": generate_chat_completion}


MODULES = {
    "open_webui.utils.misc": messages_module,
    "open_webui.utils.chat": chat_module,
    "open_webui.main": lambda: {**chat_module(), "get_all_models": get_all_models},
    "open_webui.utils.models": lambda: {"get_all_models": get_all_models, "get_all_base_models": get_all_models},
    "open_webui.models.users": lambda: {"Users": Users, "UserModel": UserModel, "User": UserModel, "UserResponse": UserModel},
    "open_webui.models.files": lambda: {"Files": Files(), "FileModel": FileModel, "File": FileModel},
    "open_webui.models.chats": lambda: {"Chats": Chats(), "ChatModel": ChatModel, "Chat": ChatModel},
    "open_webui.models.models": lambda: {"Models": Models(), "ModelModel": ModelModel, "Model": ModelModel},
    "open_webui.storage.provider": lambda: {"Storage": Storage()},
    "open_webui.retrieval.utils": lambda: {"query_collection": query_collection},
    "open_webui.socket.main": lambda: {
        "get_event_emitter": get_event_emitter, "get_event_call": get_event_call, "__event_emitter__": get_event_emitter},
    "open_webui.constants": lambda: {"TASKS": TASKS},
    "open_webui.env": lambda: {
        "SRC_LOG_LEVELS": Levels(), "GLOBAL_LOG_LEVEL": "INFO", "VERSION": "0.12.4", "WEBUI_NAME": "Haneul", "ENV": "prod",
        "DATA_DIR": os.environ["TMPDIR"]},
    "open_webui.config": lambda: {
        "UPLOAD_DIR": folder("uploads"), "CACHE_DIR": folder("cache"), "DATA_DIR": os.environ["TMPDIR"]},
    "open_webui.apps.webui.models.users": lambda: {"Users": Users, "UserModel": UserModel},
    "open_webui.apps.webui.models.files": lambda: {"Files": Files(), "FileModel": FileModel},
    "open_webui.apps.webui.models.chats": lambda: {"Chats": Chats(), "ChatModel": ChatModel},
}


# ----------------------------------------------------------------------------------------------- the web framework's classes


class Response:
    media_type = None

    def __init__(self, content=None, status_code=200, headers=None, media_type=None, background=None):
        self.status_code = status_code
        self.headers = Headers({str(k).lower(): v for k, v in (headers or {}).items()})
        self.media_type = media_type or type(self).media_type
        self.background = background
        self.body = self.render(content)

    def render(self, content):
        return b"" if content is None else content if isinstance(content, bytes) else str(content).encode()


class HTMLResponse(Response):
    media_type = "text/html"


class PlainTextResponse(Response):
    media_type = "text/plain"


class JSONResponse(Response):
    media_type = "application/json"

    def render(self, content):
        return json.dumps(content, ensure_ascii=False, default=worker_module.plain).encode()


class StreamingResponse:
    def __init__(self, content, status_code=200, headers=None, media_type=None, background=None):
        self.body_iterator = content
        self.status_code = status_code
        self.headers = Headers({str(k).lower(): v for k, v in (headers or {}).items()})
        self.media_type = media_type
        self.background = background


class UploadFile(Missing):
    def __init__(self, *_, **__):
        self._fail()


def web_modules():
    """`fastapi` and `starlette`, where they are not installed."""
    responses = {c.__name__: c for c in (Response, HTMLResponse, PlainTextResponse, JSONResponse, StreamingResponse)}
    status = StatusCodes("fastapi.status")

    def module(name, values):
        made = StandIn(name)
        made.__path__ = []
        made.__dict__.update(values)
        sys.modules[name] = made

    with contextlib.suppress(ImportError):
        import starlette  # noqa: F401

        return
    module("starlette", {})
    module("starlette.responses", responses)
    module("starlette.requests", {"Request": Request})
    module("starlette.status", {})
    module("fastapi", {"Request": Request, "HTTPException": HTTPException, "status": status, **responses})
    module("fastapi.responses", responses)
    module("fastapi.requests", {"Request": Request})
    module("fastapi.exceptions", {"HTTPException": HTTPException})


class StatusCodes(types.ModuleType):
    def __getattr__(self, name):
        found = re.match(r"HTTP_(\d{3})_", name)
        if not found:
            raise AttributeError(name)
        return int(found.group(1))


# ------------------------------------------------------------------------------------------------------------------------ set-up


class Log:
    """stdout and stderr of the function: lines to the log, of which the server keeps a little."""

    encoding = "utf-8"
    errors = "replace"
    name = "<log>"

    def __init__(self, descriptor):
        self.descriptor = descriptor
        self.lock = threading.Lock()

    def write(self, text):
        data = str(text).encode("utf-8", "replace")
        with self.lock:
            for start in range(0, len(data), 1 << 16):
                os.write(self.descriptor, data[start : start + (1 << 16)])
        return len(text)

    def writelines(self, lines):
        for line in lines:
            self.write(line)

    def flush(self):
        pass

    def isatty(self):
        return False

    def writable(self):
        return True

    def readable(self):
        return False

    def fileno(self):
        return self.descriptor


def install(owner):
    global worker, HTTPException
    worker = owner
    sys.stdout = Log(1)
    sys.stderr = Log(2)
    sys.argv = ["function"]
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(levelname)s %(name)s: %(message)s")
    if owner.orders.get("probe"):
        return
    make_models()
    HTTPException = make_errors()
    web_modules()
    sys.meta_path.insert(0, Finder())
