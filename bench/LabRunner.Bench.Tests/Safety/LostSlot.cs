using LabRunner.Bench.Api;
using LabRunner.Bench.Hosting;
using LabRunner.Bench.Inventory;
using LabRunner.Hardware.Power;
using LabRunner.Reports.Records;

namespace LabRunner.Bench.Tests.Safety;

/// <summary>A night on the virtual bench in which the bench takes a slot's power for good.</summary>
internal static class LostSlot
{
    /// <summary>Runs it until the slot is lost, with its power off, and reads what it left.</summary>
    /// <param name="folder">Folder for inventory and run.</param>
    /// <param name="slot">The slot; the others stay out of the run.</param>
    /// <param name="token">Ends the wait.</param>
    /// <param name="changes">Passages of the virtual bench's inventory, and what stands in their place.</param>
    public static async Task<RunRecord> RunAsync(string folder, string slot, CancellationToken token, params (string From, string To)[] changes)
    {
        string inventory = Path.Combine(folder, "lost.yaml");
        string text = await File.ReadAllTextAsync(BenchFolders.Find().InventoryFile("virtual"), token);
        foreach ((string from, string to) in changes)
        {
            Assert.That(text, Does.Contain(from));
            text = text.Replace(from, to, StringComparison.Ordinal);
        }

        await File.WriteAllTextAsync(inventory, text, token);
        BenchOwnerOptions options = new() { Bench = inventory, Plan = "check", Slots = [slot], TimeScale = 10, RunFolder = Path.Combine(folder, "run") };
        await using (BenchOwner owner = await BenchOwner.OpenAsync(options, BenchFiles.Load(options), _ => { }, token))
        {
            SlotStatus status;
            do
            {
                await Task.Delay(TimeSpan.FromSeconds(1), owner.Clock, token);
                status = await owner.Session.GetStatusAsync(slot, token);
            }
            while (!status.Lost);

            // The bench switches first and tells afterwards.
            Assert.That(await owner.Slots[0].Power!.ReadStateAsync(token), Is.EqualTo(PowerState.Off));
            await owner.Session.FinishAsync("completed", token);
        }

        return RunReader.Read(Path.Combine(folder, "run"));
    }
}
