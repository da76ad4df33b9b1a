import ArgumentParser
import Foundation
import LabHost
import LabResults

/// Where things are.
struct CommonOptions: ParsableArguments {
  @Option(help: "The folder that keeps results.")
  var results = ".build/lab-results"

  @Option(help: "The folder that keeps kernels and disks; in the user's cache by default.")
  var cache: String?

  var store: ResultStore { ResultStore(folder: URL(filePath: results, directoryHint: .isDirectory)) }
}
