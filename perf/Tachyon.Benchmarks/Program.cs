using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Diagnosers;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Running;
using Perfolizer.Horology;

// Short, so that all of it runs in a few minutes: the results show orders of magnitude and allocations, not percents.
var job = Job.Default
    .WithWarmupCount(3)
    .WithIterationCount(7)
    .WithIterationTime(TimeInterval.FromMilliseconds(120))
    .AsDefault();

IConfig config = ManualConfig.Create(DefaultConfig.Instance)
    .AddJob(job)
    .AddDiagnoser(MemoryDiagnoser.Default)
    .HideColumns("Job", "IterationCount", "IterationTime", "WarmupCount", "RatioSD", "Alloc Ratio")
    .WithArtifactsPath(Path.Combine("artifacts", "benchmarks"));

var succeeded = BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args, config)
    .All(summary => !summary.HasCriticalValidationErrors && summary.Reports.All(report => report.Success));
return succeeded ? 0 : 1;
