import ArgumentParser
import LabCatalog

struct ListCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list", abstract: "Show all kernels, killers and scenarios.")

  func run() {
    print("kernels (--kernel)")
    for kernel in Kernel.all { print("  \(pad(kernel.name))\(kernel.title)") }
    print("\nkillers (--killer)")
    for killer in Killer.all { print("  \(pad(killer.name))\(killer.title)") }
    for family in Scenario.Family.allCases {
      let words = family == .extension ? "are run by --extension" : "are --scenario \(family.rawValue)"
      print("\nscenarios, all of which \(words)")
      for scenario in Scenario.all where scenario.family == family { print("  \(pad(scenario.name))\(scenario.title)") }
    }
  }

  private func pad(_ name: String) -> String { name + String(repeating: " ", count: max(1, 22 - name.count)) }
}
