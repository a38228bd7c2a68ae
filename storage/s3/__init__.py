"""The S3 store: AWS, MinIO and whatever else speaks S3 at an endpoint."""
