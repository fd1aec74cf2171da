"""Hands bytes on between a client and the server, and writes down what was asked: the meter for requests and bytes.

Only the run that is checked goes through it, never one that is timed. It reads heads of requests and their bodies' length, so
it may be slow and must be simple: HTTP/1.1, no TLS, on this machine.
"""

import socket
import threading


class Relay:
    """Listens on a free port of this machine until it is closed."""

    def __init__(self, host, port):
        self._server = (host, port)
        self.requests = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = "http://127.0.0.1:%d" % self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self):
        self._listener.close()

    def _accept(self):
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            server = socket.create_connection(self._server)
            for end in (client, server):
                end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            asked = []
            threading.Thread(target=self._requests, args=(client, server, asked), daemon=True).start()
            threading.Thread(target=self._answers, args=(server, client, asked), daemon=True).start()

    def _requests(self, client, server, asked):
        """From the client to the server, head by head. Clients of this comparison send no bodies: they only read."""
        held = b""
        try:
            while piece := client.recv(65536):
                held += piece
                while (end := held.find(b"\r\n\r\n")) >= 0:
                    head, held = held[: end + 4], held[end + 4 :]
                    request = _read(head)
                    asked.append(request)
                    self.requests.append(request)
                    server.sendall(head)
        except OSError:
            pass
        _shut(server)

    def _answers(self, server, client, asked):
        """From the server to the client, counted for the request that was sent last: the next one follows its answer."""
        try:
            while piece := server.recv(262144):
                client.sendall(piece)
                asked[-1]["bytes"] += len(piece)
        except OSError:
            pass
        _shut(client)


def _read(head):
    """What is kept of a request: no login."""
    lines = head.decode("latin-1").split("\r\n")
    method, target, _ = lines[0].split(" ", 2)
    fields = {name.strip().lower(): text.strip() for name, _, text in (line.partition(":") for line in lines[1:])}
    if method != "GET" or int(fields.get("content-length", 0)):
        raise ValueError(f"a client of this comparison only reads: {method} {target}")
    return {"target": target, "accept_encoding": fields.get("accept-encoding", "identity"), "bytes": 0}


def _shut(end):
    try:
        end.shutdown(socket.SHUT_WR)
    except OSError:
        pass
