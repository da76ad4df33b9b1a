import Foundation
import LabCatalog
import Subprocess

/// A guest to be booted.
struct VirtualMachine: Sendable {
  let kernel: KernelImage
  let threads: Kernel.EmulatorThreads
  let accelerator: Accelerator
  /// Whether the kernel is made to change its own code while it runs.
  let changesCode: Bool
  let memoryMiB: Int
  let root: URL
  let tools: URL
  /// The disk behind all others; `nil` for none.
  let tests: URL?
  let swapMiB: Int
  let disk: Scenario.DiskLimit?
  /// The words after those that every guest gets.
  let commandLine: String
  let limitSeconds: Int
  /// Where it may leave things while it runs.
  let working: URL

  /// What came of it.
  struct Outcome: Sendable {
    enum End: Equatable, Sendable {
      /// The guest turned itself off.
      case off
      case timeLimit
      /// The emulator could not run it.
      case emulator(String)
    }
    let end: End
    let console: String
    let results: String
  }

  /// Boots it, waits for its end, and removes what it left.
  func run() async throws -> Outcome {
    let folder = working.appending(path: "guest-\(UUID().uuidString.prefix(8))")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let console = folder.appending(path: "console")
    let results = folder.appending(path: "results")
    let swap = folder.appending(path: "swap")
    if swapMiB > 0 {
      try Data().write(to: swap)
      let file = try FileHandle(forWritingTo: swap)
      try file.truncate(atOffset: UInt64(swapMiB) << 20)
      try file.close()
    }
    let emulator = try Program.emulator.path()
    let arguments = arguments(console: console, results: results, swap: swap)
    // Should this program be killed, the emulator ends by itself.
    let limits = ["--signal=KILL", "\(limitSeconds + 30)", emulator]
    let running = Task {
      try await Subprocess.run(
        .name("timeout"), arguments: .init(limits + arguments), platformOptions: .endingWithAllThatItStarted,
        output: .discarded, error: .string(limit: 1 << 16))
    }
    let state = LimitState()
    let limit = Task {
      try await Task.sleep(for: .seconds(limitSeconds))
      await state.reach()
      running.cancel()
    }
    defer { limit.cancel() }
    var end = Outcome.End.off
    do {
      let record = try await withTaskCancellationHandler {
        try await running.value
      } onCancel: {
        running.cancel()
      }
      if await state.isReached {
        end = .timeLimit
      } else if !record.terminationStatus.isSuccess {
        let word = record.standardError.split(separator: "\n").last.map(String.init) ?? "\(record.terminationStatus)"
        end = .emulator(word)
      }
    } catch {
      guard await state.isReached else { throw error }
      end = .timeLimit
    }
    try Task.checkCancellation()
    return Outcome(end: end, console: Self.text(of: console), results: Self.text(of: results))
  }

  private actor LimitState {
    private(set) var isReached = false
    func reach() { isReached = true }
  }

  /// What a guest wrote, whatever that is: at most the last 4 MiB.
  private static func text(of file: URL) -> String {
    let data = (try? Data(contentsOf: file)) ?? Data()
    return String(decoding: data.suffix(4 << 20).filter { $0 != UInt8(ascii: "\r") }, as: UTF8.self)
  }

  /// The arguments of the emulator.
  func arguments(console: URL, results: URL, swap: URL) -> [String] {
    var throttle = ""
    if let disk {
      throttle = ",throttling.bps-total=\(disk.bytesPerSecond),throttling.iops-total=\(disk.operationsPerSecond)"
    }
    var arguments = [
      "-M", "q35,usb=off", "-accel", accelerator.argument(threads: changesCode ? .single : threads), "-cpu",
      accelerator.processor,
      "-m", "\(memoryMiB)", "-smp", "2", "-display", "none", "-nodefaults", "-monitor", "none", "-no-reboot",
      "-net", "none", "-serial", "file:\(console.location)", "-serial", "file:\(results.location)",
      "-kernel", kernel.kernel.location, "-initrd", kernel.initramfs.location,
      "-append", "console=ttyS0 quiet psi=1 panic=-1 \(commandLine)",
      "-drive", "file=\(root.location),if=virtio,format=raw,snapshot=on,cache=unsafe\(throttle)",
      "-drive", "file=\(tools.location),if=virtio,format=raw,readonly=on",
    ]
    if swapMiB > 0 { arguments += ["-drive", "file=\(swap.location),if=virtio,format=raw,cache=unsafe\(throttle)"] }
    if let tests { arguments += ["-drive", "file=\(tests.location),if=virtio,format=raw,readonly=on"] }
    return arguments
  }
}
