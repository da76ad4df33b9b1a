import ScytheLinux
import TestSupport
import Testing

private func arguments(_ cmdline: String) throws -> ProgramArguments {
  let tree = try TemporaryTree()
  try tree.write("self/cmdline", cmdline)
  return ProgramArguments(tree.procfs)
}

@Suite struct `The command line` {
  @Test func `is taken apart at its zero bytes`() throws {
    let arguments = try arguments("scythed\0kill\04242\0\0--all\0")
    #expect(arguments.count == 5)
    #expect(arguments.isEqual(0, "scythed"))
    #expect(arguments.isEqual(1, "kill"))
    #expect(!arguments.isEqual(1, "kil"))
    #expect(!arguments.isEqual(1, "kill2"))
    #expect(arguments.decimal(2) == 4242)
    #expect(arguments.isEqual(3, ""))
    #expect(arguments.isEqual(4, "--all"))
  }

  @Test(arguments: [
    "", " 1", "\t1", "1 ", "+1", "-1", "0x1", "1\n", "one", "18446744073709551616", "999999999999999999999999999999",
  ])
  func `has a number only where an argument is nothing else`(argument: String) throws {
    #expect(try arguments("scythed\0\(argument)\0").decimal(1) == nil)
  }

  @Test func `has numbers up to 64 bits`() throws {
    #expect(try arguments("scythed\018446744073709551615\0").decimal(1) == UInt64.max)
  }

  @Test func `has paths as they are written`() throws {
    let arguments = try arguments("scythed\0/run/a b\0\0\(String(repeating: "x", count: 600))\0")
    #expect(arguments.path(1).map { String($0) } == "/run/a b")
    #expect(arguments.path(2) == nil && arguments.path(3) == nil && arguments.path(4) == nil)
  }

  @Test func `has nothing behind its end or before its start`() throws {
    let arguments = try arguments("scythed\0")
    #expect(arguments.count == 1)
    #expect(!arguments.isEqual(1, ""))
    #expect(!arguments.isEqual(-1, "scythed"))
    #expect(arguments.decimal(1) == nil)
  }

  @Test func `that is empty or not there has no arguments`() throws {
    #expect(try arguments("").count == 0)
    let tree = try TemporaryTree()
    #expect(ProgramArguments(tree.procfs).count == 0)
  }

  @Test func `leaves out an argument that is cut by the end of the file, or by 4 KiB`() throws {
    let cut = try arguments("scythed\0kill")
    #expect(cut.count == 1)
    #expect(!cut.isEqual(1, "kill"))
    let long = try arguments("scythed\0" + String(repeating: "x", count: 5000) + "\0kill\0")
    #expect(long.count == 1)
  }

  @Test func `of this program is the one it was started with`() {
    let arguments = ProgramArguments()
    #expect(arguments.count >= 1)
    #expect(!arguments.isEqual(0, ""))
  }
}

@Suite struct `The environment` {
  private func value(_ text: String) throws -> String? {
    let tree = try TemporaryTree()
    try tree.write("self/environ", text)
    return ProgramEnvironment(tree.procfs).value(of: "HOME").map { String($0) }
  }

  @Test(arguments: [
    ("HOME=/root\0", "/root"), ("A=1\0HOME=/a=b\0", "/a=b"), ("HOMER=/x\0XHOME=/y\0HOME=/z\0", "/z"),
    ("HOME\0=\0\0HOME=/w\0", "/w"), ("A=HOME=/no\0HOME=/yes\0", "/yes"),
  ])
  func `has the value of a variable, whatever else there is`(text: String, wanted: String) throws {
    #expect(try value(text) == wanted)
    // The same where it lies across two reads of the file.
    #expect(try value("LONG=\(String(repeating: "x", count: 1010))\0\(text)") == wanted)
  }

  @Test(arguments: ["", "HOME", "HOME=", "HOME=\0", "HOME=/cut", "home=/x\0"])
  func `has none of what is empty, cut or named otherwise`(text: String) throws {
    #expect(try value(text) == nil)
    #expect(try value(text + String(repeating: "x", count: 3000)) == nil)
  }

  @Test func `has none that is longer than a path`() throws {
    #expect(try value("HOME=/\(String(repeating: "x", count: 600))\0") == nil)
  }
}
