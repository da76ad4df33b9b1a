import Glibc
import LabCatalog
import ScytheLinux

/// Memory gets short, or seems to, and nobody needs to die.
enum NeverNeeded {
  static func play(_ stage: Stage) throws -> Stage.Play {
    let cast = stage.cast
    let total = stage.totalBytes
    var play = Stage.Play()
    play.ending = .whenCalm
    play.seconds = 25
    switch stage.scenario.situation {
    case "copy":
      play.begin = { cast.start(.copier, "copier", .cause, ["file=/data/cache", "target=/var/tmp/copy", "times=3"]) }
      play.seconds = 45
    case "spike":
      play.begin = { cast.start(.spike, "spike", .cause, ["percent=3", "hold=300000"]) }
    case "healthy":
      play.prepare = {
        // Four fifths of zram are used, and that is what it is there for.
        cast.start(.holder, "cold", .bystander, bytes: total * 2 / 5 & ~0xfff, ["swapped=1"])
        guard cast.settle(seconds: 60) else { return }
        stage.leave(percent: 25)
      }
      play.begin = { cast.start(.bystander, "worker", .bystander, bytes: total / 16) }
    case "cold-swap":
      play.prepare = {
        let swap = ((try? Procfs().memoryInformation())?.swapTotalBytes).map { Int($0) } ?? 0
        swapOut(swap * 97 / 100, cast)
      }
    case "cache-container":
      let group = "\(Cast.userGroup)/container"
      play.prepare = {
        Folder.make(group)
        Text.write("+memory", to: "\(group)/cgroup.subtree_control")
        guard GuestGroups.limit(group, bytes: total / 5 & ~0xfff) else {
          throw Stage.Refusal(reason: "no limit can be set for a group")
        }
      }
      play.begin = { cast.start(.reader, "reader", .bystander, in: group, ["file=/data/cache", "pause=50000"]) }
    case "full-tmpfs":
      let folder = "/run/lab-files"
      play.prepare = {
        guard Folder.mount("tmpfs", on: folder, "size=40%") else {
          throw Stage.Refusal(reason: "cannot mount a tmpfs")
        }
      }
      play.begin = { cast.start(.writer, "writer", .bystander, ["file=\(folder)/file"]) }
      play.clear = { Folder.unmount(folder) }
    default: throw Stage.Refusal(reason: "no such situation: \(stage.scenario.situation)")
    }
    return play
  }

  /// Starts a process most of whose memory is in swap on a disk: a limit pushes it there, slowly and without killing, and
  /// then goes away. (Advice would leave the pages in the swap cache as well.)
  private static func swapOut(_ bytes: Int, _ cast: Cast) {
    let group = "\(Cast.userGroup)/cold"
    Folder.make(group)
    Text.write("+memory", to: "\(group)/cgroup.subtree_control")
    Text.write("\(64 << 20)", to: "\(group)/memory.high")
    cast.start(.holder, "cold", .bystander, bytes: bytes & ~0xfff, in: group)
    _ = cast.settle(seconds: 60)
    Text.write("max", to: "\(group)/memory.high")
  }
}
