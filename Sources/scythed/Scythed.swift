import ScytheDaemon
import ScytheLinux
import ScytheReclaim

// Embedded Swift has neither CommandLine nor a heap for it: the arguments come from the kernel.
@main struct Scythed {
  private static var usage: StaticString {
    """
    usage: scythed [--dry-run|--observe]
                                     watch the memory, and kill when it runs out; with an option only say who would die
           scythed --kill PID [--carrier release|limit]
                                     kill one process now, and release its memory

    """
  }

  static func main() {
    let arguments = ProgramArguments()
    if arguments.count <= 1 { end(watch(WatchOptions())) }
    if arguments.count == 2, arguments.isEqual(1, "--dry-run") || arguments.isEqual(1, "--observe") {
      var options = WatchOptions()
      options.isObserving = true
      end(watch(options))
    }
    if arguments.count == 2, arguments.isEqual(1, "--help") {
      StandardStream.output.write(PathBuffer(usage))
      Machine.exit(0)
    }
    guard let pid = victim(arguments), let carrier = carrier(arguments) else {
      StandardStream.error.write(PathBuffer(usage))
      Machine.exit(OneShotExit.usage.rawValue)
    }
    Machine.exit(killOnce(pid, carrier: carrier).rawValue)
  }

  private static func end(_ exit: WatchExit) -> Never { Machine.exit(exit.rawValue) }

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
