using LabRunner.Bench.Hosting.Leases;

namespace LabRunner.Bench.Benchmarks;

/// <summary>Taking and giving back a lease, alone and beside 32 others, against making, locking and deleting one file.</summary>
internal sealed class LeaseFigure : IFigure
{
    private const int Rounds = 500;
    private const int Others = 32;

    public string Word => "lease";

    public async Task MeasureAsync()
    {
        string path = Directory.CreateTempSubdirectory("lease-benchmark-").FullName;
        try
        {
            LeaseBook book = new(LeaseFolder.Open(path), "benchmark");
            double bare = await MedianAsync(i => BareAsync(Path.Combine(path, $"bare-{i}"))).ConfigureAwait(false);
            double alone = await MedianAsync(_ => TakeAsync(book, "p0")).ConfigureAwait(false);
            List<Lease> others = [];
            for (int i = 1; i <= Others; i++)
            {
                others.Add(await book.TakeAsync(Request($"p{i}"), CancellationToken.None).ConfigureAwait(false));
            }

            double among = await MedianAsync(_ => TakeAsync(book, "p0")).ConfigureAwait(false);
            foreach (Lease other in others)
            {
                await other.DisposeAsync().ConfigureAwait(false);
            }

            Console.WriteLine($"{"",-58}{"µs",10}{"a second",12}{"ratio",9}");
            Print("one file made, locked and deleted, median", bare, bare);
            Print("lease acquire and release, median", alone, bare);
            Print($"lease acquire and release beside {Others} others, median", among, bare);
        }
        finally
        {
            Directory.Delete(path, recursive: true);
        }
    }

    private static void Print(string name, double microseconds, double bare) =>
        Console.WriteLine($"{name,-58}{microseconds,10:0.0}{1e6 / microseconds,12:0}{microseconds / bare,8:0.0}x");

    private static async Task TakeAsync(LeaseBook book, string slot)
    {
        Lease lease = await book.TakeAsync(Request(slot), CancellationToken.None).ConfigureAwait(false);
        await lease.DisposeAsync().ConfigureAwait(false);
    }

    private static async Task BareAsync(string file)
    {
        FileStream made = new(file, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None);
        await using (made.ConfigureAwait(false))
        {
            made.WriteByte(1);
        }

        File.Delete(file);
    }

    private static LeaseRequest Request(string slot) => new()
    {
        // As many parts as a slot of the virtual bench has.
        Bench = "benchmark", Slots = [slot], Parts = [$"slot benchmark/{slot}", .. Enumerable.Range(0, 12).Select(i => $"line {i} of {slot}")], Purpose = "benchmark",
    };

    private static async Task<double> MedianAsync(Func<int, Task> act)
    {
        double[] microseconds = new double[Rounds];
        for (int i = 0; i < Rounds; i++)
        {
            long began = TimeProvider.System.GetTimestamp();
            await act(i).ConfigureAwait(false);
            microseconds[i] = TimeProvider.System.GetElapsedTime(began).TotalMicroseconds;
        }

        Array.Sort(microseconds);
        return microseconds[Rounds / 2];
    }
}
