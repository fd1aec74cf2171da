"""What the server takes to answer the requests of a client: each is sent again, and as much of the answer as the client took is
read and dropped.

    floor.py REQUESTS.json HOST PORT TOKEN CONNECTIONS

No client that asks the same can be faster over as many connections. Prints the seconds.
"""

import http.client
import json
import queue
import sys
import threading
import time


def drop(host, port, token, targets):
    connection = http.client.HTTPConnection(host, port)
    buffer = bytearray(1 << 20)
    while True:
        try:
            request = targets.get_nowait()
        except queue.Empty:
            return
        headers = {"Authorization": f"ApiToken {token}", "Accept-Encoding": request["accept_encoding"]}
        connection.request("GET", request["target"], headers=headers)
        answer = connection.getresponse()
        left = request["bytes"]
        while left > 0 and (read := answer.readinto(buffer)):
            left -= read
        if not answer.isclosed() and answer.read(1):
            # The client broke off here.
            connection.close()


def main():
    file, host, port, token, connections = sys.argv[1:]
    targets = queue.SimpleQueue()
    with open(file, encoding="utf-8") as text:
        for request in json.load(text):
            targets.put(request)
    threads = [
        threading.Thread(target=drop, args=(host, int(port), token, targets)) for _ in range(int(connections))
    ]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print(time.perf_counter() - began)


main()
