import Foundation
import ScytheLinux
import TestSupport
import Testing

@Suite struct `Bad input` {
  struct Case: Sendable, CustomTestStringConvertible {
    let arguments: [String]
    let status: Int32
    let words: String
    var testDescription: String { "scythe " + arguments.joined(separator: " ") }

    init(_ arguments: String, _ status: Int32, _ words: String) {
      self.arguments = arguments.split(separator: " ").map(String.init)
      self.status = status
      self.words = words
    }
  }

  @Test(arguments: [
    Case("kill", 64, "nothing to kill"),
    Case("kill 0", 64, "process numbers begin at 1"),
    Case("kill -1", 64, "a process group"),
    Case("kill -- -1", 64, "not a process number"),
    Case("kill abc", 64, "not a process number"),
    Case("kill 12x", 64, "not a process number"),
    Case("kill 99999999", 4, "no such process"),
    Case("kill 99999999999999", 4, "no such process"),
    Case("kill 99999999999999999999999999", 64, "not a process number"),
    Case("kill 1", 5, "first process"),
    Case("kill --tree 1", 5, "first process"),
    Case("kill 2147483647 --deadline -3s", 64, "cannot use '-3s' for --deadline"),
    Case("kill 2147483647 --deadline 3parsecs", 64, "for --deadline"),
    Case("kill 2147483647 --deadline inf", 64, "for --deadline"),
    Case("kill 2147483647 --deadline 99999h", 64, "for --deadline"),
    Case("kill 2147483647 --grace nan", 64, "for --grace"),
    Case("kill 2147483647 --robust-grace 1..2s", 64, "for --robust-grace"),
    Case("kill 2147483647 --signal NOSUCH", 64, "no such signal"),
    Case("kill 2147483647 --signal 0", 64, "no such signal"),
    Case("kill 2147483647 --signal 65", 64, "no such signal"),
    Case("kill 2147483647 --workers 0", 64, "workers"),
    Case("kill 2147483647 --workers many", 64, "workers"),
    Case("kill 2147483647 --carrier pigeon", 64, "carrier 'pigeon'"),
    Case("kill --cgroup /tmp", 64, "no cgroup file system"),
    Case("kill --cgroup /no/such/group", 64, "no such file or directory"),
    Case("kill --cgroup /proc/self/stat", 64, "not a directory"),
    Case("kill --name no-such-name-*", 4, "no process has that name"),
    Case("kill --no-such-option", 64, "--no-such-option"),
    Case("murder 1", 64, "murder"),
  ])
  func `gets one clear line and its exit code`(_ input: Case) throws {
    let result = try BuiltProgram.run(BuiltProgram.url("scythe"), input.arguments)
    #expect(result.status == input.status)
    #expect(result.isOneClearLine, "\(result.output)\(result.error)")
    #expect(result.error.contains(input.words), "\(result.error)")
  }

  @Test func `is told by one write, so that nobody reads half a line`() throws {
    var ends: [Int32] = [-1, -1]
    try #require(unsafe socketpair(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0, &ends) == 0)
    let (read, written) = (FileHandle(fileDescriptor: ends[0]), FileHandle(fileDescriptor: ends[1]))
    let program = Process()
    program.executableURL = BuiltProgram.url("scythe")
    program.arguments = ["kill", "--carrier", String(repeating: "pigeon", count: 200), "2147483647"]
    program.standardError = written
    try program.run()
    program.waitUntilExit()
    // Each write is a message.
    let line = String(decoding: read.availableData, as: UTF8.self)
    #expect(line.hasPrefix("scythe: ") && line.utf8.count > 1_200 && line.hasSuffix("\n"), "\(line)")
    try read.close()
    try written.close()
  }

  @Test func `beside a good target leaves that one alive`() throws {
    let victim = try VictimProcess("--anon", "1M")
    let result = try scythe("kill", "\(victim.pid.rawValue)", "99999999")
    #expect(result.status == 4)
    #expect(isAlive(victim.pid))
  }

  @Test func `that is a thread names its process`() throws {
    let victim = try VictimProcess("--threads", "2")
    let result = try scythe("kill", "\(try threadBesideTheFirst(of: victim).rawValue)")
    #expect(result.status == 4)
    #expect(result.isOneClearLine)
    #expect(isAlive(victim.pid))
  }

  @Test func `that is a thread of the kernel is refused`() throws {
    let result = try scythe("kill", "2")
    #expect(result.status == 5)
    #expect(result.error.contains("thread of the kernel"))
  }

  @Test func `that is what scythe was started from is refused`() throws {
    let result = try scythe("kill", "\(getpid())")
    #expect(result.status == 5)
    #expect(result.error.contains("started from it"))
  }

  @Test func `that is a cgroup which holds scythe is refused, with force too`() throws {
    guard let home = TestControlGroup.home(in: .unified) else { return print("not run: no cgroup v2 here") }
    let result = try scythe("kill", "--cgroup", home, "--force")
    #expect(result.status == 5)
    #expect(result.isOneClearLine)
  }

  @Test(.enabled(if: canRunAsNobody, "needs root, setpriv, and a checkout that nobody may enter"))
  func `that is someone else's process is not permitted`() throws {
    let victim = try VictimProcess("--anon", "1M")
    let result = try scytheAsNobody("kill", "\(victim.pid.rawValue)")
    #expect(result.status == 3)
    #expect(result.isOneClearLine)
    #expect(result.error.contains("not permitted (EPERM)"))
    #expect(isAlive(victim.pid))
  }
}
