"""giver.py given|mptcp|listening ADDRESS SCRIPT WORD... - gives what these words run, and Python in it with the script, a connection
of this network as standard input, or what listens for it; prints what that prints."""
import socket
import subprocess
import sys

kind, address, script, words = sys.argv[1], sys.argv[2], sys.argv[3], sys.argv[4:]


def made():
    protocol = socket.IPPROTO_MPTCP if kind == "mptcp" else 0
    return socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_STREAM, protocol)


def listener():
    one = made()
    one.bind((address, 0))
    one.listen()
    return one


door, victim, peer = listener(), listener(), made()
peer.connect(door.getsockname())
given = door if kind == "listening" else door.accept()[0]
run = subprocess.Popen(words + ["python3", "-c", script], stdin=given, stdout=subprocess.PIPE, text=True)
given.close()
peer.sendall(repr(victim.getsockname()[:2]).encode())
try:
    print("its peer hears:", peer.recv(100).decode())
except ConnectionResetError:
    print("its peer hears nothing")
print(run.stdout.read(), end="")
sys.exit(run.wait())
