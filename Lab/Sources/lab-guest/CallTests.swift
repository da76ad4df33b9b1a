import Glibc
import LabCatalog
import ScytheLinux

/// Runs the tests of the calls on the guest's kernel, one after the other, and passes on what they say of themselves.
enum CallTests {
  private static let folder = "/lab/tests"
  private static let program = "\(folder)/scythePackageTests.xctest"
  /// Those of the calls alone.
  static let suites = "^(LinuxTests|ReclaimTests|ReaperTests|VictimTests|DaemonTests)"
  // On the root disk: advice about a file is nothing that a tmpfs knows.
  private static let events = "/var/tmp/lab-events"
  private static let output = "/var/tmp/lab-output"
  /// Before the host's limit, so that what was said until then arrives.
  private static let secondsToReport = 60

  /// - Parameters:
  ///   - suites: a regular expression for the names of those that are run.
  ///   - meanwhile: is called again and again while they run.
  /// - Throws: `Stage.Refusal` if they cannot be run to their end.
  static func run(
    _ scenario: Scenario, suites: String = suites, _ port: Port, meanwhile: () -> Void = {}
  ) throws {
    let disk = scenario.swap == .disk ? "/dev/vdd" : "/dev/vdc"
    guard Folder.mount(disk: disk, "ext4", on: folder) else {
      throw Stage.Refusal(reason: "the disk with the tests cannot be mounted")
    }
    prepare()
    let limit = Int64(scenario.limitSeconds - secondsToReport) * 1_000_000_000
    var answers = TestEventFile(events)
    let status = try runToEnd(suites, until: limit) {
      answers.pass(to: port)
      meanwhile()
    }
    answers.passLast(to: port)
    let words = (Text.read(output) ?? "").split(separator: "\n").last ?? "they said nothing"
    switch status {
    case nil: throw Stage.Refusal(reason: "the tests did not end within \(limit / 1_000_000_000) s")
    case let status? where status & 0x7f != 0:
      throw Stage.Refusal(reason: "the tests were ended by \(SignalNames.name(status & 0x7f)): \(words)")
    case let status? where !answers.isAnswered:
      throw Stage.Refusal(reason: "the tests ended with \(status >> 8 & 0xff): \(words)")
    case _?: break
    }
  }

  /// What the tests want of a machine, where this kernel has it. A test says by itself what it lacks.
  private static func prepare() {
    Folder.mount("cgroup", on: "/run/lab-freezer", "freezer")
    // One hierarchy has a controller: cgroup v2 must let go of it first, the lowest group before those above.
    var group = Cast.userGroup[...]
    while group.hasPrefix("/sys/fs/cgroup") {
      Text.write("-cpu", to: "\(group)/cgroup.subtree_control")
      group = group[..<(group.lastIndex(of: "/") ?? group.startIndex)]
    }
    // It lets go a little later than it says.
    for _ in 0..<50 where !Folder.mount("cgroup", on: "/run/lab-cpu", "cpu") { pause(microseconds: 100_000) }
    Text.write("8", to: "/proc/sys/vm/nr_hugepages")
  }

  /// - Returns: the status of `wait(2)`; `nil` if the time ran out.
  private static func runToEnd(_ suites: String, until limit: Int64, _ meanwhile: () -> Void) throws -> CInt? {
    unsafe setenv("LD_LIBRARY_PATH", "\(folder)/lib", 1)
    let file = unsafe open(output, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
    let words = [
      "--testing-library", "swift-testing", "--filter", suites, "--no-parallel", "--event-stream-version", "0",
      "--event-stream-output-path", events,
    ]
    guard file >= 0, let pid = Spawn.start(program, words, output: file) else {
      throw Stage.Refusal(reason: "\(program) cannot be started")
    }
    close(file)
    var status: CInt = 0
    while unsafe waitpid(pid, &status, WNOHANG) == 0 {
      if MonotonicClock.nowNanoseconds > limit {
        // Their victims end with them.
        kill(pid, SIGKILL)
        while unsafe waitpid(pid, &status, 0) < 0, errno == EINTR {}
        return nil
      }
      pause(microseconds: 100_000)
      meanwhile()
    }
    return status
  }
}
