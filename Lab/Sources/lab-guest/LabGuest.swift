import Glibc
import LabCatalog
import ScytheLinux

/// What runs in a guest: `lab-guest run` plays the scenario of the kernel's command line, `lab-guest work` is one of its
/// processes.
@main
enum LabGuest {
  static func main() {
    switch CommandLine.arguments.dropFirst().first {
    case "run": run()
    case "work": Work.run(Array(CommandLine.arguments.dropFirst(2)))
    default: exit(64)
    }
  }

  private static func run() {
    let port = Port()
    guard let request = Request(commandLine: Text.read("/proc/cmdline") ?? "") else {
      end(port, reason: "the kernel's command line asks for nothing")
      return
    }
    let memory = try? Procfs().memoryInformation()
    begin(port, memory)
    do {
      try play(request, swapBytes: memory?.swapTotalBytes ?? 0, port)
      end(port)
    } catch let refusal as Stage.Refusal {
      end(port, reason: refusal.reason, isNotApplicable: refusal.isNotApplicable)
    } catch {
      end(port, reason: "\(error)")
    }
  }

  private static func play(_ request: Request, swapBytes: UInt64, _ port: Port) throws {
    if request.scenario == Scenario.probe.name { return }
    guard let scenario = Scenario.named(request.scenario), let killer = Killer.named(request.killer) else {
      throw Stage.Refusal(reason: "no such scenario or killer")
    }
    // Without it the scenario would be another one, and nothing would tell.
    guard (scenario.swap != .none) == (swapBytes > 0) else {
      throw Stage.Refusal(
        reason: "the guest has \(swapBytes >> 20) MiB of swap, and is to have: \(scenario.swap.rawValue)")
    }
    let stage = Stage(scenario, killer, seed: request.seed, port: port)
    switch scenario.family {
    case .exhaustion: try stage.run(Exhaustion.play(stage))
    case .neverNeeded: try stage.run(NeverNeeded.play(stage))
    case .calm: try Calm.run(stage)
    case .hard: try Hard.run(stage)
    case .kernel where scenario.name == "calls": try CallTests.run(scenario, port)
    case .kernel: try Doctor.run(port)
    case .service: try Service.run(stage, minutes: request.minutes)
    case .extension where scenario.name == "extension-speed": try ExtensionSpeed.run(port)
    case .extension: try ExtensionTests.run(scenario, port)
    case .broken: Broken.run(scenario.name, port)
    }
  }

  /// Says what the machine is.
  private static func begin(_ port: Port, _ memory: MemoryInformation?) {
    var record = Record("begin")
    record.set("release", Text.read("/proc/sys/kernel/osrelease")?.split(separator: "\n").first.map(String.init) ?? "?")
    record.set("memoryBytes", memory?.totalBytes ?? 0)
    record.set("swapBytes", memory?.swapTotalBytes ?? 0)
    record.set("processors", Machine.usableProcessors)
    port.write(record)
  }

  private static func end(_ port: Port, reason: String? = nil, isNotApplicable: Bool = false) {
    var record = Record("end")
    record.set("reason", reason)
    if isNotApplicable { record.set("isNotApplicable", true) }
    port.write(record)
  }
}
