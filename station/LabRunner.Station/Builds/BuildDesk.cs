using System.Security.Cryptography;
using LabRunner.Bench.Hosting.Hand;
using LabRunner.Bench.Inventory;
using LabRunner.Hardware.Flashing;
using LabRunner.Hardware.Images;
using LabRunner.Station.Access;
using LabRunner.Station.Jobs;
using LabRunner.Station.Runs;

namespace LabRunner.Station.Builds;

/// <summary>Makes a job of each new build: once, checked, and the newest where there are several. Thread safe.</summary>
/// <param name="inventory">The bench.</param>
/// <param name="jobs">Queue.</param>
/// <param name="book">What was seen.</param>
/// <param name="files">Keeps the builds.</param>
/// <param name="news">Has told who waits for builds which was refused.</param>
/// <param name="audit">Told what became of each.</param>
/// <param name="clock">Now.</param>
internal sealed class BuildDesk(BenchInventory inventory, JobBook jobs, BuildBook book, BuildFiles files, NewsBook news, AuditLog audit, TimeProvider clock)
{
    /// <summary>Who the jobs belong to.</summary>
    public const string Owner = "the build watch";

    private readonly Lock _gate = new();

    /// <summary>The name of a content: SHA-256, lower case.</summary>
    public static string Hash(byte[] content) => Convert.ToHexStringLower(SHA256.HashData(content));

    /// <summary>Deals with what a look found.</summary>
    /// <param name="watch">Whose.</param>
    /// <param name="found">Oldest first.</param>
    /// <returns>A sentence for each build that was not seen before.</returns>
    public IReadOnlyList<string> Take(BuildWatch watch, IReadOnlyList<FoundBuild> found)
    {
        lock (_gate)
        {
            HashSet<string> seen = [.. book.Of(watch.Name).Select(s => s.Sha256)];
            List<string> said = [];
            List<SeenBuild> dealtWith = [];
            string? newer = null;
            foreach (FoundBuild build in found.Reverse())
            {
                string hash = Hash(build.Content);
                if (!seen.Add(hash))
                {
                    continue;
                }

                FirmwareImage image = FirmwareImage.Recognise(build.Content);
                string? version = OtaWork.BuildOf(image, build.Name);
                string? refusal = null;
                (string text, string? job) =
                    build.WasThere && !book.Knows(watch) ? ("was there when the watch began, and is taken as known.", null)
                    : newer is not null ? ($"left out; {newer} is newer.", null)
                    : (refusal = Refusal(watch, image)) is not null ? ($"refused: {refusal.TrimEnd('.', '?')}.", null)
                    : Queue(watch, build, version, hash);
                newer ??= job is null ? null : build.Name;
                DateTimeOffset now = clock.GetUtcNow();
                string sentence = $"Build '{build.Name}' of '{watch.Name}'{(version is null ? "" : $", version {version}")}: {text}";
                dealtWith.Add(new SeenBuild(watch.Name, hash, build.Name, version, now, text, job));
                audit.Add(new AuditEntry(now, Owner, Owner, "station", $"build {hash[..12]}", AuditEntry.Own, sentence, watch.Why));
                said.Add(sentence);
                if (refusal is not null && watch.Notify is { } file)
                {
                    news.Put(new StationNews($"{watch.Name} {hash[..12]}", file, watch.Plan, sentence, now));
                }
            }

            book.Add(dealtWith);
            return said;
        }
    }

    private (string Text, string? Job) Queue(BuildWatch watch, FoundBuild build, string? version, string hash)
    {
        if (jobs.All().FirstOrDefault(j => j.Entry == watch.Name && j.Firmware?.Sha256 == hash) is { } same)
        {
            // The station died between the queue's file and the book's.
            return ($"in the queue as job {same.Id}.", same.Id);
        }

        DateTimeOffset now = clock.GetUtcNow();
        files.Put(hash, build.Content, [hash, .. jobs.All().Where(j => !j.IsOver && j.Firmware is not null).Select(j => j.Firmware!.Sha256)]);
        Job job = new()
        {
            Id = JobBook.NewId(now), Plan = watch.Plan, Slots = JobOrder.Slots(inventory, watch.Slots, watch.Needs), TimeScale = watch.TimeScale, Priority = watch.Priority, Owner = Owner,
            Why = watch.Why ?? $"build {version ?? build.Name}", Created = now, Entry = watch.Name, Firmware = new JobFirmware(hash, build.Name, version, watch.Put),
            Compare = true, Notify = watch.Notify,
        };
        jobs.Put(job);
        foreach (Job older in jobs.Queue().Where(j => j.Entry == watch.Name && j.Id != job.Id))
        {
            jobs.Change(older.Id, j => j.State == JobState.Queued ? j with { State = JobState.Stopped, Ended = now, Text = $"A newer build came before its turn: job {job.Id}." } : j);
        }

        return ($"in the queue as job {job.Id}.", job.Id);
    }

    /// <summary>Why a build cannot go into the slots that the watch means, a clause; null: it can.</summary>
    private string? Refusal(BuildWatch watch, FirmwareImage image)
    {
        IReadOnlyList<string> meant = JobOrder.Slots(inventory, watch.Slots, watch.Needs) ?? [.. inventory.Slots.Select(s => s.Name)];
        foreach (SlotEntry slot in inventory.Slots.Where(s => meant.Contains(s.Name)))
        {
            ChipModel chip = FlashHand.ChipOf(slot);
            try
            {
                if (watch.Put == PutBy.Flash)
                {
                    FlashJob.CheckImage(image, chip);
                    continue;
                }
            }
            catch (FlashFailedException wrong)
            {
                return wrong.Message.TrimEnd('.');
            }

            if (image.Kind == ImageKind.Unknown)
            {
                return image.Problems.Count > 0 ? image.Problems[0] : "it is not known what this file is";
            }

            if (image.Kind is not (ImageKind.Bl602Ota or ImageKind.Bk7231Ota))
            {
                return $"a {image.KindText} does not go over the network; write 'put: flash', or publish the OTA file";
            }

            if (image.Chip != chip.Family())
            {
                return $"a {image.KindText} is not for slot {slot.Name}, a {chip.Text()} board";
            }

            if (image.Kind == ImageKind.Bl602Ota && image.Problems.Count > 0)
            {
                return $"the {image.KindText} is damaged: {image.Problems[0]}";
            }
        }

        return null;
    }
}
