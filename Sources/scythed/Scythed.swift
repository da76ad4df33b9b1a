import ScytheDaemon
import ScytheLinux
import ScytheReclaim

// Embedded Swift has neither CommandLine nor a heap for it: the arguments come from the kernel.
@main struct Scythed {
  static func main() {
    let arguments = ProgramArguments()
    guard let pid = victim(arguments), let carrier = carrier(arguments) else {
      StandardStream.error.write(PathBuffer("usage: scythed --kill PID [--carrier release|limit]\n"))
      Machine.exit(OneShotExit.usage.rawValue)
    }
    Machine.exit(killOnce(pid, carrier: carrier).rawValue)
  }

  private static func victim(_ arguments: ProgramArguments) -> PID? {
    guard arguments.count == 3 || arguments.count == 5, arguments.isEqual(1, "--kill"),
      let number = arguments.decimal(2), let pid = Int32(exactly: number), pid > 0
    else { return nil }
    return PID(pid)
  }

  private static func carrier(_ arguments: ProgramArguments) -> Carrier? {
    if arguments.count == 3 { return .release }
    guard arguments.isEqual(3, "--carrier") else { return nil }
    if arguments.isEqual(4, "release") { return .release }
    return arguments.isEqual(4, "limit") ? .limit : nil
  }
}
