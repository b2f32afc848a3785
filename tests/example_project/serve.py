"""Answers POST {"inputs": […]} with class probabilities: python serve.py MODEL.keras PORT. Needs Keras, not nnbench."""

import json
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import keras
import numpy as np


class Handler(BaseHTTPRequestHandler):
    """Answers with the class that the server's model finds most likely, for each input."""

    def do_POST(self):
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        logits = self.server.model.predict(np.array(request["inputs"], "float32"), verbose=0)
        answer = json.dumps({"classes": [self.server.classes[i] for i in logits.argmax(-1)]}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *arguments):
        """Stay quiet."""


def main(path, port):
    server = HTTPServer(("127.0.0.1", int(port)), Handler)
    server.model = keras.models.load_model(path)
    server.classes = json.loads(Path(path).with_suffix(".json").read_text())
    print(f"serving on port {server.server_port}", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main(*sys.argv[1:])
