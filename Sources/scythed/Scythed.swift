import ScytheDaemon
import ScytheLinux

// Embedded Swift has neither CommandLine nor a heap for it: the arguments come from the kernel.
@main struct Scythed {
  static func main() {
    guard let pid = killArgument() else {
      StandardStream.error.write(PathBuffer("usage: scythed --kill PID\n"))
      Machine.exit(OneShotExit.usage.rawValue)
    }
    Machine.exit(killOnce(pid).rawValue)
  }

  /// The number behind `--kill`, if the command line is exactly that.
  private static func killArgument() -> PID? {
    let arguments = ProgramArguments()
    guard arguments.count == 3, arguments.isEqual(1, "--kill"), let number = arguments.decimal(2) else { return nil }
    guard let pid = Int32(exactly: number), pid > 0 else { return nil }
    return PID(pid)
  }
}
