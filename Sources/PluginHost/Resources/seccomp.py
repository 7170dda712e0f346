# seccomp: which system calls a worker may make.
import ctypes
import os
import platform
import struct

from haneul_kernel import (
    CLONE_NEWIPC, CLONE_NEWNET, CLONE_NEWNS, CLONE_NEWPID, CLONE_NEWUSER, CLONE_NEWUTS, CLONE_THREAD, NUMBERS, PR_SET_PDEATHSIG,
    PR_SET_SECCOMP, check, libc)


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
