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
        self._lock = threading.Lock()
        self.requests = []
        self.bytes_received = 0
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
            threading.Thread(target=self._requests, args=(client, server), daemon=True).start()
            threading.Thread(target=self._answers, args=(server, client), daemon=True).start()

    def _requests(self, client, server):
        """From the client to the server, head by head. Clients of this comparison send no bodies: they only read."""
        held = b""
        try:
            while piece := client.recv(65536):
                held += piece
                while (end := held.find(b"\r\n\r\n")) >= 0:
                    head, held = held[: end + 4], held[end + 4 :]
                    self._note(head)
                    server.sendall(head)
        except OSError:
            pass
        _shut(server)

    def _answers(self, server, client):
        try:
            while piece := server.recv(262144):
                with self._lock:
                    self.bytes_received += len(piece)
                client.sendall(piece)
        except OSError:
            pass
        _shut(client)

    def _note(self, head):
        lines = head.decode("latin-1").split("\r\n")
        method, target, _ = lines[0].split(" ", 2)
        fields = {name.strip().lower(): text.strip() for name, _, text in (line.partition(":") for line in lines[1:])}
        if method != "GET" or int(fields.get("content-length", 0)):
            raise ValueError(f"a client of this comparison only reads: {method} {target}")
        # The address a client asked may be absolute; what is kept can be asked of the server itself. No login is kept.
        with self._lock:
            self.requests.append({"target": target, "accept_encoding": fields.get("accept-encoding", "identity")})


def _shut(end):
    try:
        end.shutdown(socket.SHUT_WR)
    except OSError:
        pass
