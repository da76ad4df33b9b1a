import ScytheDaemon
import ScytheLinux
import ScytheReclaim

// Embedded Swift has neither CommandLine nor a heap for it: the arguments come from the kernel.
@main struct Scythed {
  private static var usage: StaticString {
    """
    usage: scythed [--dry-run|--observe] [--policy PAGE] [--run-directory PATH] [--state-directory PATH]
                                     watch the memory, and kill when it runs out; with --dry-run only say who would die;
                                     PAGE is what 'scythe config compile' has written; the directories are for the status
                                     page (/run/scythe) and the kill log (/var/lib/scythe)
           scythed --kill PID [--carrier release|limit]
                                     kill one process now, and release its memory

    """
  }

  static func main() {
    let arguments = ProgramArguments()
    if let options = watchOptions(arguments) { Machine.exit(watch(options).rawValue) }
    if arguments.count == 2, arguments.isEqual(1, "--help") {
      StandardStream.output.write(usage)
      Machine.exit(0)
    }
    guard let pid = victim(arguments), let carrier = carrier(arguments) else {
      StandardStream.error.write(usage)
      Machine.exit(OneShotExit.usage.rawValue)
    }
    Machine.exit(killOnce(pid, carrier: carrier).rawValue)
  }

  /// - Returns: `nil` if it is not asked to watch.
  private static func watchOptions(_ arguments: ProgramArguments) -> WatchOptions? {
    var options = WatchOptions()
    var index = 1
    while index < arguments.count {
      if arguments.isEqual(index, "--dry-run") || arguments.isEqual(index, "--observe"), !options.isObserving {
        options.isObserving = true
        index += 1
        continue
      }
      guard let path = arguments.path(index + 1) else { return nil }
      if arguments.isEqual(index, "--policy"), options.policy == nil {
        options.policy = path
      } else if arguments.isEqual(index, "--run-directory"), options.runDirectory == nil {
        options.runDirectory = path
      } else if arguments.isEqual(index, "--state-directory"), options.stateDirectory == nil {
        options.stateDirectory = path
      } else {
        return nil
      }
      index += 2
    }
    return options
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
