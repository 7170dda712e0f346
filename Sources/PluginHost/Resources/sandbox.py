# Starts as the trusted half of a worker: reads its orders from the channel (descriptor 0), forks the half that will run a
# function's code, shuts that one in with whatever this machine offers, and stays outside to end it.
#
# Uses the standard library only, through ctypes where Python has no name for a system call.
import os
import resource
import select
import shutil
import signal
import struct
import sys

from haneul_kernel import (
    CLONE_NEWIPC, CLONE_NEWNET, CLONE_NEWPID, CLONE_NEWUSER, CLONE_NEWUTS, MNT_DETACH, PR_CAPBSET_DROP, PR_SET_DUMPABLE,
    PR_SET_NO_NEW_PRIVS, PR_SET_PDEATHSIG, libc, prctl, unshare)
from haneul_landlock import landlock
from haneul_root import new_root, write
from haneul_seccomp import seccomp

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
