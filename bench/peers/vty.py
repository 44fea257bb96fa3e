#!/usr/bin/env python3
"""Commands to a daemon of FRR, by its socket: vtysh knows no "commit", which a configuration in
transactions wants.

    vty.py SOCKET COMMAND..."""
import socket
import sys

ANSWER_S = 100
END = b"\0\0\0"  # of an answer, and one octet more: how it went


def said(path, commands):
    """What the daemon answers to all of them."""
    answers = []
    with socket.socket(socket.AF_UNIX) as vty:
        vty.settimeout(ANSWER_S)
        vty.connect(str(path))
        for command in commands:
            vty.sendall(command.encode() + b"\0")
            answer = b""
            while answer[-4:-1] != END:
                octets = vty.recv(65536)
                if not octets:
                    raise RuntimeError(f"{path}: gone during \"{command}\"")
                answer += octets
            answers.append(answer[:-4].decode(errors="replace"))
            if answer[-1] != 0:
                answers.append(f"{command}: refused, {answer[-1]}\n")
    return "".join(answers)


if __name__ == "__main__":
    print(said(sys.argv[1], sys.argv[2:]), end="")
