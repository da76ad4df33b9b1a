public import BenchmarkResults
import Foundation
import ScytheLinux

/// What has to be known of the machine to read the numbers.
public enum MachineSurvey {
  /// What it is made of.
  public static var facts: MachineFacts {
    let processor = text("/proc/cpuinfo").split(separator: "\n")
    func field(_ name: String) -> Substring? {
      processor.first { $0.hasPrefix(name) }?.split(separator: ":", maxSplits: 1).last
    }
    // The mode in force is the one in brackets.
    let mode = text("/sys/kernel/mm/transparent_hugepage/enabled").split(separator: "[").last?.split(separator: "]")
      .first
    return MachineFacts(
      kernel: text("/proc/sys/kernel/osrelease").trimmingCharacters(in: .newlines),
      processors: Machine.usableProcessors,
      processorModel: field("model name")?.trimmingCharacters(in: .whitespaces) ?? "unknown",
      isVirtual: field("flags")?.split(separator: " ").contains("hypervisor") ?? false,
      memoryBytes: (try? Procfs().memoryInformation().totalBytes) ?? 0,
      transparentHugePages: mode.map(String.init) ?? "none")
  }

  /// The averages over 1, 5 and 15 minutes.
  public static var loadAverages: String {
    text("/proc/loadavg").split(separator: " ").prefix(3).joined(separator: " ")
  }

  private static func text(_ path: String) -> String {
    (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
  }
}
