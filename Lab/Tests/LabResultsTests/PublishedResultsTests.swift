import Foundation
import Testing

@testable import LabResults

@Suite struct `The published results` {
  @Test func `are what the README's table of kernels was made of`() throws {
    let repository = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent()
    let data = try Data(contentsOf: repository.appending(path: "Lab/Results/report.json"))
    let comparison = try JSONDecoder().decode(Comparison.self, from: data)
    let readme = try String(contentsOf: repository.appending(path: "README.md"), encoding: .utf8)
    #expect(try KernelReadmeBlock.replacing(in: readme, with: comparison) == readme)
  }
}
