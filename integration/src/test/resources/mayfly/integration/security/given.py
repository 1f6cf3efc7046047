"""What a hostile command tries with the socket that is its standard input. Its peer says where a victim listens."""
import ctypes
import socket
import struct

FASTOPEN = 0x20000000


def attempt(name, act):
    try:
        act()
        print(name + ": done", flush=True)
    except OSError:
        print(name + ": failed", flush=True)


def leave(one):
    ctypes.CDLL(None).connect(one.fileno(), struct.pack("H126x", socket.AF_UNSPEC), 128)


given = socket.socket(fileno=0)
listens = given.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN)
connection = given.accept()[0] if listens else given
victim = eval(connection.recv(100))
connection.sendall(b"answer")
for one in [connection, given] if listens else [given]:
    one.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, struct.pack("ll", 60, 0))
    leave(one)
    attempt("connect", lambda: one.connect(victim))
    leave(one)
    attempt("connect by sending", lambda: one.sendto(b"x", FASTOPEN, victim))
    leave(one)
    attempt("connect by a message", lambda: one.sendmsg([b"x"], [], FASTOPEN, victim))
    leave(one)
    attempt("bind", lambda: one.bind((victim[0], 0)))
