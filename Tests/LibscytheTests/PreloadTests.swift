import Foundation
import ScytheLinux
import TestSupport
import Testing

/// The environment of a program that the library stands before.
private func preloaded() -> [String: String] {
  var environment = ProcessInfo.processInfo.environment
  environment["LD_PRELOAD"] = Libscythe.path("libscythe-preload.so")
  return environment
}

/// Runs the program that knows nothing of Scythe, perhaps by way of another.
///
/// - Returns: what it said.
private func plainCaller(_ arguments: String..., by: [String] = [], isPreloaded: Bool = true) throws -> String {
  let words = by + [BuiltProgram.url("PlainCaller").path] + arguments
  let result = try BuiltProgram.run(
    URL(fileURLWithPath: words[0]), Array(words.dropFirst()), environment: isPreloaded ? preloaded() : nil)
  return result.output + result.error
}

private let setpriv = "/usr/bin/setpriv"
private let nobody = [setpriv, "--reuid=65534", "--regid=65534", "--clear-groups"]
private let canDropRights = geteuid() == 0 && FileManager.default.isExecutableFile(atPath: setpriv)
private let canRunAsNobody = canDropRights && (try? plainCaller("calls", by: nobody, isPreloaded: false)) == "ok\n"

private let python = ["/usr/bin/python3", "/usr/local/bin/python3"].first {
  FileManager.default.isExecutableFile(atPath: $0)
}

@Suite(.enabled(if: hasLibscythe, needsLibscythe), .enabled(if: mayAdvise, needsRight))
struct `A program that knows nothing of Scythe` {
  @Test(arguments: ["libc", "syscall"])
  func `gets from the kernel alone that there is no such flag`(how: String) throws {
    let victim = try VictimProcess("--areas", "a16")
    let answer = try plainCaller(how, "\(victim.pid.rawValue)", "20", "1", isPreloaded: false)
    if answer == "none\n" { return }
    #expect(answer == "-1 22\n")
    #expect(try referencedBytes(of: victim, pages: 0..<16) == 16)
  }

  @Test(arguments: ["libc", "syscall"])
  func `advises a whole process once the library is preloaded`(how: String) throws {
    let victim = try VictimProcess("--areas", "a16,x4,l8,a4")
    #expect(try plainCaller(how, "\(victim.pid.rawValue)", "20", "1") == "0\n")
    #expect(try referencedBytes(of: victim, pages: 0..<16) == 0)
    #expect(try referencedBytes(of: victim, pages: 20..<28) == 8)
  }

  @Test(arguments: ["libc", "syscall"])
  func `frees a dying process, and no other`(how: String) throws {
    let victim = try VictimProcess("--anon", "8M", "--held")
    let pid = "\(victim.pid.rawValue)"
    #expect(try plainCaller(how, pid, "4", "1") == "-1 22\n")
    #expect(try Procfs().status(of: victim.pid).anonymousBytes >= 8 << 20)
    try killAndHold(victim)
    #expect(try plainCaller(how, pid, "4", "1") == "0\n")
    #expect(victim.ask("r") == "rss 0")
  }

  @Test(arguments: ["libc", "syscall"])
  func `gets the kernel's own answers to all else`(how: String) throws {
    let victim = try VictimProcess()
    let pid = "\(victim.pid.rawValue)"
    #expect(try plainCaller(how, pid, "20", "0") == "0\n")
    for flags in ["2", "3", "0x80000000"] { #expect(try plainCaller(how, pid, "20", flags) == "-1 22\n") }
    // No vector is no span.
    #expect(try plainCaller(how, pid, "20", "0x40000000") == "-1 22\n")
  }

  @Test func `makes its other calls as before`() throws {
    #expect(try plainCaller("calls", isPreloaded: false) == "ok\n")
    #expect(try plainCaller("calls") == "ok\n")
  }

  @Test(.enabled(if: canDropRights, "needs root and setpriv"))
  func `lacks CAP_SYS_NICE: EPERM, after the advice`() throws {
    let victim = try VictimProcess()
    let without = [setpriv, "--bounding-set", "-sys_nice", "--inh-caps", "-sys_nice"]
    #expect(try plainCaller("libc", "\(victim.pid.rawValue)", "20", "1", by: without) == "-1 1\n")
    #expect(try plainCaller("libc", "\(victim.pid.rawValue)", "4", "1", by: without) == "-1 1\n")
    #expect(try plainCaller("libc", "\(victim.pid.rawValue)", "8", "1", by: without) == "-1 22\n")
  }

  @Test(.enabled(if: canRunAsNobody, "needs root, setpriv, and folders that nobody may enter"))
  func `may not look at the process: EACCES, after the advice`() throws {
    let victim = try VictimProcess()
    #expect(try plainCaller("syscall", "\(victim.pid.rawValue)", "20", "1", by: nobody) == "-1 13\n")
    #expect(try plainCaller("syscall", "\(victim.pid.rawValue)", "8", "1", by: nobody) == "-1 22\n")
  }

  @Test func `is told ENOSYS by a kernel that cannot release`() throws {
    let victim = try VictimProcess()
    let without = [BuiltProgram.url("WithoutCalls").path, "process_mrelease=38", "--"]
    #expect(try plainCaller("libc", "\(victim.pid.rawValue)", "4", "1", by: without) == "-1 38\n")
    #expect(try plainCaller("libc", "\(victim.pid.rawValue)", "20", "1", by: without) == "0\n")
  }

  @Test(.enabled(if: python != nil, "needs python3"))
  func `may be written in Python, preloaded or with the library loaded by name`() throws {
    let victim = try VictimProcess("--areas", "a16")
    let script = """
      import ctypes, sys
      libc = ctypes.CDLL(sys.argv[2] or None, use_errno=True)
      plain = ctypes.CDLL(None, use_errno=True)
      pidfd = plain.syscall(434, int(sys.argv[1]), 0)
      advise = getattr(libc, sys.argv[3])
      advise.restype = ctypes.c_ssize_t
      print(advise(pidfd, None, ctypes.c_size_t(0), 20, 1))
      """
    for (library, function) in [
      ("", "process_madvise"), (Libscythe.path("libscythe.so.1"), "scythe_process_madvise"),
    ] {
      let result = try BuiltProgram.run(
        URL(fileURLWithPath: python!), ["-c", script, "\(victim.pid.rawValue)", library, function],
        environment: library.isEmpty ? preloaded() : nil)
      #expect(result.output == "0\n", "\(result.error)")
    }
    #expect(try referencedBytes(of: victim, pages: 0..<16) == 0)
  }
}

@Suite(.enabled(if: hasLibscythe, needsLibscythe)) struct `The example in C` {
  @Test(arguments: ["example-static", "example-dynamic"])
  func `kills and says what came back`(name: String) throws {
    let victim = try VictimProcess("--anon", "16M", "--held")
    var environment = ProcessInfo.processInfo.environment
    environment["LD_LIBRARY_PATH"] = Libscythe.path("")
    let program = URL(fileURLWithPath: Libscythe.path(name))
    let result = try BuiltProgram.run(program, ["\(victim.pid.rawValue)"], environment: environment)
    #expect(result.status == 0 && result.output.hasSuffix(" bytes back, 0 left\n"), "\(result.error)")
    #expect(victim.ask("r") == "rss 0")
    let refused = try BuiltProgram.run(program, ["1"], environment: environment)
    #expect(refused.status == 1 && refused.error == "scythe_kill: Permission denied\n")
  }

  @Test func `is the one in the README`() throws {
    let readme = try String(contentsOfFile: "README.md", encoding: .utf8)
    let example = try String(contentsOfFile: "Examples/CExample/main.c", encoding: .utf8)
    #expect(readme.contains("```c\n\(example)```\n"))
  }
}
