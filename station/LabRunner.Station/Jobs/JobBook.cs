using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using LabRunner.Hardware.Faults;

namespace LabRunner.Station.Jobs;

/// <summary>All jobs, each in a file of its own, so that they outlive the station. Thread safe.</summary>
internal sealed class JobBook
{
    private const int KeptOver = 500;
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    private readonly Lock _gate = new();
    private readonly string _folder;
    private readonly Dictionary<string, Job> _jobs = new(StringComparer.Ordinal);
    private readonly HashSet<string> _unwritten = new(StringComparer.Ordinal);

    public JobBook(string stateFolder)
    {
        _folder = Path.Combine(stateFolder, "jobs");
        StateFile.MakeFolder(_folder);
        foreach (string file in Directory.EnumerateFiles(_folder, "*.json"))
        {
            if (Read(file) is { } job)
            {
                _jobs[job.Id] = job;
            }
        }
    }

    /// <summary>Told after every change.</summary>
    public event Action? Changed;

    /// <summary>All, newest first.</summary>
    public IReadOnlyList<Job> All()
    {
        lock (_gate)
        {
            return [.. _jobs.Values.OrderByDescending(j => j.Created)];
        }
    }

    /// <summary>What waits, in the order in which it is due: priority, then age.</summary>
    public IReadOnlyList<Job> Queue() => [.. All().Where(j => j.State == JobState.Queued).OrderByDescending(j => j.Priority).ThenBy(j => j.Created)];

    /// <summary>A job by its id; null: there is none.</summary>
    public Job? Find(string id)
    {
        lock (_gate)
        {
            return _jobs.GetValueOrDefault(id);
        }
    }

    /// <summary>What became of something that was said to be in the queue.</summary>
    /// <param name="text">What was said then.</param>
    /// <param name="id">Its job; null: it never became one.</param>
    /// <returns>As it is now; what was said then, while it waits or where its job is not kept any more.</returns>
    public string Became(string text, string? id) => (id is null ? null : Find(id)) switch
    {
        { State: JobState.Running } => $"runs as job {id}.",
        { State: JobState.Done } job => $"played as job {id}: {job.Verdict}. {job.Text}",
        { State: JobState.Failed } job => $"failed as job {id}: {job.Text}",
        { State: JobState.Stopped } job => $"stopped as job {id}: {job.Text}",
        _ => text,
    };

    /// <summary>An id that nobody has.</summary>
    public static string NewId(DateTimeOffset now) =>
        string.Create(CultureInfo.InvariantCulture, $"{now.UtcDateTime:yyyyMMdd'T'HHmmss'Z'}{RandomNumberGenerator.GetHexString(6, lowercase: true)}");

    /// <summary>Keeps a job, new or changed.</summary>
    public void Put(Job job)
    {
        lock (_gate)
        {
            Write(job);
            _jobs[job.Id] = job;
            foreach (Job old in _jobs.Values.Where(j => j.IsOver).OrderByDescending(j => j.Created).Skip(KeptOver).ToList())
            {
                File.Delete(FileOf(old.Id));
                _unwritten.Remove(old.Id);
                _jobs.Remove(old.Id);
            }
        }

        Changed?.Invoke();
    }

    /// <summary>Changes a job as it is now.</summary>
    /// <returns>The job afterwards; null: there is none.</returns>
    public Job? Change(string id, Func<Job, Job> change)
    {
        Job? job;
        lock (_gate)
        {
            job = _jobs.GetValueOrDefault(id);
            if (job is null || change(job) is not { } changed || changed == job)
            {
                return job;
            }

            job = changed;
            Write(job);
            _jobs[id] = job;
        }

        Changed?.Invoke();
        return job;
    }

    /// <summary>Keeps what has become of a job, which is so whether or not the disk takes it: what it does not is written by <see cref="WriteLeft"/>.</summary>
    /// <returns>Why it is not written, a sentence; null: it is.</returns>
    public string? PutFact(Job job)
    {
        string? problem = null;
        lock (_gate)
        {
            _jobs[job.Id] = job;
            try
            {
                Write(job);
            }
            catch (BenchFaultException full)
            {
                _unwritten.Add(job.Id);
                problem = full.Message;
            }
        }

        Changed?.Invoke();
        return problem;
    }

    /// <summary>Writes what the disk did not take before.</summary>
    public void WriteLeft()
    {
        lock (_gate)
        {
            foreach (string id in _unwritten.ToList())
            {
                try
                {
                    Write(_jobs[id]);
                }
                catch (BenchFaultException)
                {
                    // It stays left.
                    return;
                }
            }
        }
    }

    private void Write(Job job)
    {
        StateFile.Write(FileOf(job.Id), JsonSerializer.Serialize(job, Json));
        _unwritten.Remove(job.Id);
    }

    // Ids are this class's own.
    private string FileOf(string id) => Path.Combine(_folder, id + ".json");

    private static Job? Read(string file)
    {
        try
        {
            return JsonSerializer.Deserialize<Job>(File.ReadAllText(file), Json) is { Id: { } id, Plan: not null, Owner: not null } job && id == Path.GetFileNameWithoutExtension(file) ? job : null;
        }
        catch (Exception failure) when (failure is JsonException or IOException or NotSupportedException)
        {
            // A file that is no job stays where it is; the others count.
            return null;
        }
    }
}
