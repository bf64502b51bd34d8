# SPDX-License-Identifier: MIT
"""A headless Chromium, driven through its DevTools protocol over pipes: no port, no library.

Messages are JSON ended by a NUL byte, on file descriptors 3 (to the browser) and 4 (from it).
"""
import base64
import contextlib
import fcntl
import json
import os
import pathlib
import select
import shutil
import signal
import subprocess
import tempfile
import time
import unittest

TIMEOUT_S = 120
OPTIONS = ["--headless=new", "--disable-gpu", "--no-first-run", "--disable-dev-shm-usage",
           "--disable-background-networking", "--disable-component-update", "--disable-sync",
           "--disable-extensions", "--no-default-browser-check", "--remote-debugging-pipe",
           "--hide-scrollbars", "--force-color-profile=srgb"]

# Of a page from disk these are no traffic.
LOCAL = ("file:", "data:", "blob:", "about:")


class Browser:
    """With `with`: the process and its folder go at the end."""

    def __init__(self):
        program = shutil.which("chromium")
        if not program:
            raise unittest.SkipTest("no chromium here (Debian's package chromium)")
        self.folder = tempfile.TemporaryDirectory(prefix="fpstate-bench-chromium-",
                                                  ignore_cleanup_errors=True)
        self.buffer = b""
        self.number = 0
        self.listeners = []
        self.start(program)

    def start(self, program):
        """Its ends of the pipes are 3 and 4, whatever numbers ours have."""
        to_browser, ours_out = os.pipe()
        ours_in, from_browser = os.pipe()
        ends = [fcntl.fcntl(fd, fcntl.F_DUPFD, 10) for fd in (to_browser, from_browser)]
        for fd in (to_browser, from_browser):
            os.close(fd)

        def arrange():
            os.dup2(ends[0], 3)
            os.dup2(ends[1], 4)

        sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
        self.log = open(pathlib.Path(self.folder.name, "log"), "wb+")
        self.process = subprocess.Popen(
            [program, *OPTIONS, *sandbox, f"--user-data-dir={self.folder.name}/profile"],
            stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log, preexec_fn=arrange,
            pass_fds=(3, 4), start_new_session=True,
            env={**os.environ, "HOME": self.folder.name})
        for fd in ends:
            os.close(fd)
        self.reader, self.writer = ours_in, ours_out

    def __enter__(self):
        try:
            self.version = self.call("Browser.getVersion")["product"]
        except (ConnectionError, TimeoutError) as error:
            self.log.seek(0)
            said = self.log.read().decode(errors="replace")[-600:]
            self.close()
            raise unittest.SkipTest(f"chromium does not run here: {error}: {said}") from error
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        """Ends the whole process group, which is the browser's own."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        for fd in (self.reader, self.writer):
            os.close(fd)
        self.log.close()
        self.folder.cleanup()

    def read_message(self, deadline):
        while b"\0" not in self.buffer:
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([self.reader], [], [], left)[0]:
                raise TimeoutError("the browser does not answer")
            more = os.read(self.reader, 1 << 16)
            if not more:
                raise ConnectionError("the browser has ended")
            self.buffer += more
        message, self.buffer = self.buffer.split(b"\0", 1)
        return json.loads(message)

    def dispatch(self, message):
        for listener in self.listeners:
            listener(message)

    def call(self, method, session=None, **parameters):
        self.number += 1
        number = self.number
        message = {"id": number, "method": method, "params": parameters}
        if session:
            message["sessionId"] = session
        data = json.dumps(message).encode() + b"\0"
        while data:
            data = data[os.write(self.writer, data):]
        deadline = time.monotonic() + TIMEOUT_S
        while True:
            answer = self.read_message(deadline)
            if answer.get("id") != number:
                self.dispatch(answer)
                continue
            if "error" in answer:
                raise RuntimeError(f"{method}: {answer['error']}")
            return answer["result"]

    def open(self, path, **options):
        return Page(self, pathlib.Path(path).resolve().as_uri(), **options)


class Page:
    """A tab on an address: what goes wrong in it is collected in `problems`, traffic in `requests`."""

    def __init__(self, browser, url, *, width=1280, height=900, dark=False, media=""):
        self.browser = browser
        self.problems, self.requests, self.events = [], [], []
        self.target = browser.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = browser.call("Target.attachToTarget", targetId=self.target,
                                    flatten=True)["sessionId"]
        browser.listeners.append(self.listen)
        for domain in ("Page", "Runtime", "Log", "Network", "Accessibility"):
            self.call(f"{domain}.enable")
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height,
                  deviceScaleFactor=1, mobile=width < 600)
        self.emulate(dark=dark, media=media)
        self.call("Page.navigate", url=url)
        self.wait("document.readyState === 'complete'")

    def call(self, method, **parameters):
        return self.browser.call(method, session=self.session, **parameters)

    def listen(self, message):
        if message.get("sessionId") != self.session:
            return
        method, parameters = message.get("method"), message.get("params", {})
        self.events.append(method)
        if method == "Runtime.exceptionThrown":
            self.problems.append(str(parameters["exceptionDetails"]))
        elif method == "Runtime.consoleAPICalled":
            self.problems.append(f"console: {parameters['args']}")
        elif method == "Log.entryAdded":
            self.problems.append(f"log: {parameters['entry']}")
        elif method == "Network.requestWillBeSent":
            url = parameters["request"]["url"]
            if not url.startswith(LOCAL):
                self.requests.append(url)

    def emulate(self, *, dark=False, media=""):
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.call("Emulation.setEmulatedMedia", media=media, features=[scheme])

    def evaluate(self, expression):
        """The value of an expression of JavaScript, awaited; an exception fails."""
        answer = self.call("Runtime.evaluate", expression=expression, returnByValue=True,
                           awaitPromise=True)
        if "exceptionDetails" in answer:
            raise AssertionError(f"{expression}: {answer['exceptionDetails']}")
        return answer["result"].get("value")

    def wait(self, expression, timeout_s=TIMEOUT_S):
        deadline = time.monotonic() + timeout_s
        while not self.evaluate(expression):
            if time.monotonic() > deadline:
                raise AssertionError(f"after {timeout_s} s still not: {expression}")
            time.sleep(0.02)

    def press(self, key, text="", shift=False):
        """A key of the keyboard, as the browser gets it from the system."""
        codes = {"Tab": 9, "Enter": 13, " ": 32, "Escape": 27}
        common = {"key": key, "code": {" ": "Space"}.get(key, key), "modifiers": 8 if shift else 0,
                  "windowsVirtualKeyCode": codes.get(key, 0)}
        if key == "Enter":
            text = "\r"
        elif key == " ":
            text = " "
        self.call("Input.dispatchKeyEvent", type="keyDown" if text else "rawKeyDown",
                  text=text, **common)
        self.call("Input.dispatchKeyEvent", type="keyUp", **common)

    def type(self, text):
        self.call("Input.insertText", text=text)

    def screenshot(self, path, whole=False):
        if whole:
            size = self.call("Page.getLayoutMetrics")["cssContentSize"]
            clip = {"x": 0, "y": 0, "width": size["width"], "height": min(size["height"], 16000),
                    "scale": 1}
            data = self.call("Page.captureScreenshot", format="png", clip=clip,
                             captureBeyondViewport=True)["data"]
        else:
            data = self.call("Page.captureScreenshot", format="png")["data"]
        pathlib.Path(path).write_bytes(base64.b64decode(data))

    def pdf(self, **options):
        return base64.b64decode(self.call("Page.printToPDF", **options)["data"])

    def close(self):
        self.browser.listeners.remove(self.listen)
        self.browser.call("Target.closeTarget", targetId=self.target)
