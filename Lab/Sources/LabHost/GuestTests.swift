import Foundation

/// The last disk of a guest that runs the tests of the calls, read-only. With the libraries that they need they are five
/// times as large as all other tools, and take more than a second to be put on a disk: no other guest waits for that.
struct GuestTests: Sendable {
  private let folder: URL
  private let place: URL

  /// - Parameter tools: what was built; the tests are in a folder of it.
  init(from tools: URL, in cache: Cache) throws {
    folder = tools.appending(path: GuestTools.testsName)
    place = try cache.working().appending(path: "tests.img")
  }

  /// The disk, made for the first who asks.
  func image() async throws -> URL {
    if !FileManager.default.fileExists(atPath: place.location) { try await GuestTools.makeImage(of: folder, at: place) }
    return place
  }
}
